"""Writes of programmes, one subject per file."""

from tongxing.programme.actions.reference import BadReference, load_reference

__all__ = ["BadReference", "load_reference"]
