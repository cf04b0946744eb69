"""What may be said and who reads it, from voice.yaml."""

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tongxing.core.words import Words
from tongxing.programme.rules.voice import Kind, Route

SOURCE = Path(__file__).parent / "voice.yaml"


@cache
def _read() -> dict[str, Any]:
    data: dict[str, Any] = YAML(typ="safe").load(SOURCE.read_text(encoding="utf-8"))
    return data


@cache
def kinds() -> dict[str, Kind]:
    """The kinds by code, in the order of the page. Raises ValueError that names the kind and what is wrong."""
    return {kind.code: kind for kind in map(_kind, _read()["kinds"])}


def _kind(entry: dict[str, Any]) -> Kind:
    code = str(entry["code"])
    days = entry["acknowledge"], entry["answer"]
    if not all(isinstance(n, int) and n > 0 for n in days) or days[0] > days[1]:
        raise ValueError(f"{SOURCE.name}: {code}: working days must be whole numbers, the answer after the first word")
    return Kind(
        code=code,
        title=Words.read(entry["title"], f"{code}.title"),
        hint=Words.read(entry["hint"], f"{code}.hint"),
        route=Route(entry["route"]),
        about_person=bool(entry["about_person"]),
        acknowledge=days[0],
        answer=days[1],
    )


@cache
def closed_for() -> dict[str, Words]:
    """Why a matter is closed, by code."""
    return {entry["code"]: Words.read(entry["title"], entry["code"]) for entry in _read()["closed_for"]}
