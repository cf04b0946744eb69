"""Counts: one append-only table of what happened, measures as data over it, and the only door to a number that leaves.

Words: fact, kind, measure, cell, policy. Verbs: kind, record, void, correct, calculate, protect.
"""

from typing import TYPE_CHECKING, Any

from tongxing.facts.kinds import Draft, UnknownCode, kind

if TYPE_CHECKING:
    from tongxing.facts.actions import correct, record, void
    from tongxing.facts.calculation import calculate
    from tongxing.facts.disclosure import protect

__all__ = ["Draft", "UnknownCode", "calculate", "correct", "kind", "protect", "record", "void"]

_HOME = {"record": "actions", "void": "actions", "correct": "actions"}
_HOME |= {"calculate": "calculation", "protect": "disclosure"}


def __getattr__(name: str) -> Any:
    """The verbs that need tables are found on first use: Django reads this package before its tables exist."""
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(f"tongxing.facts.{_HOME[name]}"), name)
    raise AttributeError(name)
