"""Which column of a list means which field of a record: by its heading, or as `--map COL=FIELD` says."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

FIELDS = (
    "record_id",
    "name",
    "sex",
    "birth_date",
    "origin_division",
    "guardian_name",
    "phone",
    "id_number",
    "source",
)
PARTS = ("family_name", "given_name")  # of a name; they become it
SEVERAL = ("name", "guardian_name", "phone", "id_number")  # a record may have more than one of these


class BadList(ValueError):
    """A list that is not read at all; the text says what is wrong and how to mend it, in one sentence."""


@dataclass(frozen=True)
class Columns:
    """The columns of one list: `fields` says at which places a field stands, `ignored` which headings mean nothing."""

    headings: tuple[str, ...]
    fields: Mapping[str, tuple[int, ...]]
    ignored: tuple[str, ...]

    def told(self) -> dict[str, list[str]]:
        """Field → headings, for reports."""
        return {field: [self.headings[place] for place in places] for field, places in self.fields.items()}


def columns_of(headings: Sequence[str], mapped: Mapping[str, str], label: str) -> Columns:
    """Raises BadList when no heading means anything, or two mean one field that a record has once."""
    own = {plain(column): field for column, field in mapped.items()}
    found: dict[str, list[tuple[int, int]]] = {}
    for place, heading in enumerate(headings):
        # What --map says counts before every heading that looks alike.
        field, rank = (own[plain(heading)], -1) if plain(heading) in own else _synonyms().get(plain(heading), ("", 0))
        if field:
            found.setdefault(field, []).append((rank, place))
    if not found:
        raise BadList(_unknown(headings, label))
    chosen = {field: _chosen(field, ranked, headings, label) for field, ranked in found.items()}
    used = {place for places in chosen.values() for place in places}
    ignored = tuple(heading for place, heading in enumerate(headings) if place not in used)
    return Columns(tuple(headings), chosen, ignored)


def recognised(headings: Iterable[str], mapped: Mapping[str, str]) -> int:
    """How many headings of a row mean something."""
    own, known = {plain(column) for column in mapped}, _synonyms()
    return sum(1 for heading in headings if plain(heading) in own or plain(heading) in known)


def read_map(pairs: Sequence[str]) -> dict[str, str]:
    """`COL=FIELD` as typed → {column: field}. Raises BadList."""
    found: dict[str, str] = {}
    for pair in pairs:
        column, equals, field = (part.strip() for part in pair.rpartition("="))
        if not (equals and column and field):
            raise BadList(f"{pair!r}: a column, an equals sign and a field, as in --map 姓名=name")
        if field not in (*FIELDS, *PARTS):
            near = difflib.get_close_matches(field, (*FIELDS, *PARTS), n=1) or [", ".join(FIELDS)]
            raise BadList(f"{field!r} is no field; near it: {near[0]}")
        if found.setdefault(column, field) != field:
            raise BadList(f"the column {column!r} is mapped twice, to {found[column]} and to {field}")
    return found


@cache
def plain(heading: str) -> str:
    """A heading without case, spaces, punctuation, and what stands in brackets."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    bare = re.sub(r"\(.*?\)|【.*?】|\[.*?\]", "", text)
    return "".join(sign for sign in bare if sign.isalnum() or sign == "№") or "".join(text.split())


def data() -> dict[str, Any]:
    """columns.yaml as it is."""
    from ruamel.yaml import YAML

    text = files("tongxing.core.lists").joinpath("columns.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = YAML(typ="safe").load(text)
    return found


@cache
def nothings() -> tuple[str, ...]:
    """Cells that say that nothing is known."""
    return tuple(data()["nothing"])


def headings_of(field: str) -> tuple[str, ...]:
    """The headings by which a field is known; none for an unknown field."""
    return tuple(str(heading) for heading in data()["fields"].get(field, ()))


@cache
def _synonyms() -> Mapping[str, tuple[str, int]]:
    """Heading → (field, place in the list of its synonyms)."""
    known: dict[str, tuple[str, int]] = {}
    for field, headings in data()["fields"].items():
        for rank, heading in enumerate(headings):
            known.setdefault(plain(str(heading)), (field, rank))
    return known


def _unknown(headings: Sequence[str], label: str) -> str:
    seen = ", ".join(heading[:30] for heading in headings[:12] if heading) or "nothing"
    return f"{label}: no column is known among its headings ({seen}); name one, as in --map 'COLUMN=name'"


def _chosen(field: str, ranked: Sequence[tuple[int, int]], headings: Sequence[str], label: str) -> tuple[int, ...]:
    """All columns of a field that a record has several of; else the one that says it best. Raises BadList for two such."""
    first = min(rank for rank, _place in ranked)
    places = tuple(place for rank, place in ranked if rank == first or (field in SEVERAL and first >= 0))
    if len(places) > 1 and field not in SEVERAL:
        names = " and ".join(repr(headings[place]) for place in places)
        raise BadList(f"{label}: {names} both mean {field}; say which, as in --map '{headings[places[0]]}={field}'")
    return places
