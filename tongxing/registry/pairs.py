"""Two records side by side as the review desk reads them: what differs is marked, and the homes are told apart."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from tongxing.core.date_forms import month_and_year
from tongxing.core.dates import PartialDate
from tongxing.linkage import names
from tongxing.organisations.models import Division
from tongxing.registry.page import relation_word, sex_word

Record = Mapping[str, Any]
Line = list[tuple[str, bool]]  # pieces of one line, each with whether it is marked
PIECE = re.compile(
    r"\d+|[^\W\d\u3400-\u9fff\U00020000-\U0003ffff]+|\s+|.", re.DOTALL
)  # a number, a word, a Han character
PLAIN_DATE = re.compile(r"[\d年月日./\s-]*")
SEEN_OF_A_NUMBER = 4  # last digits; the whole stands on the person page


# Side by side --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One field of both records. Empty lines: nothing is stated. `differs` only when both sides state something."""

    label: str
    left: list[Line]
    right: list[Line]
    differs: bool = False


def rows(left: Record, right: Record) -> list[Row]:
    """The fields that people compare, in the order in which they are asked for."""
    places = _places((left, right))
    found = [
        _text(pgettext("person", "Name"), left["name"], right["name"]),
        _text(_("Reading"), reading(left), reading(right)),
        _list(_("Also called"), left["others"], right["others"]),
        _text(_("Sex"), *(sex_word(one["sex"]) if one["sex"] != "not_stated" else "" for one in (left, right))),
        _text(_("Birth date"), birth(left), birth(right)),
        _text(_("In the family’s words"), *(_in_words(one["birth_said"]) for one in (left, right))),
        _text(_("County of origin"), places.get(left["origin"], ""), places.get(right["origin"], "")),
        _list(_("Guardians"), *([_guardian(g) for g in one["guardians"]] for one in (left, right))),
        _list(_("Telephone"), left["phones"], right["phones"], key=_digits, said=_tail),
        _list(_("Number of a document"), left["documents"], right["documents"], key=_bare, said=_tail),
        _list(_("Moves"), *([_move(m, places) for m in one["moves"][-2:]] for one in (left, right)), is_compared=False),
    ]
    always = 2  # the name and its reading are shown whatever they are
    return [row for place, row in enumerate(found) if place < always or row.left or row.right]


def reading(record: Record) -> str:
    return record["spoken"] or names.spoken(record["name"], record["surname"] or None)


def birth(record: Record) -> str:
    known = birth_of(record)
    return known.describe(get_language() or "en") if known else ""


def birth_of(record: Record) -> PartialDate | None:
    if not record["birth_from"]:
        return None
    return PartialDate.of(date.fromisoformat(record["birth_from"]), record["birth_precision"])


def _in_words(said: str) -> str:
    """What the family said of the birth, where it is more than the date that stands above it."""
    return "" if PLAIN_DATE.fullmatch(said) else said


def _places(records: Iterable[Record]) -> dict[str, str]:
    codes = {record["origin"] for record in records}
    codes |= {move[end] for record in records for move in record["moves"] for end in ("from", "to")}
    found = Division.objects.filter(code__in=codes - {""}).select_related("parent__parent")
    return {division.code: division.full_name(get_language() or "en") for division in found}


def _guardian(guardian: Mapping[str, str]) -> str:
    return " · ".join(filter(None, (guardian["name"], relation_word(guardian["relation"]))))


def _move(move: Mapping[str, str], places: Mapping[str, str]) -> str:
    when = month_and_year(date.fromisoformat(move["on"]), get_language() or "en") if move["on"] else ""
    way = " → ".join(filter(None, (places.get(move["from"], ""), places.get(move["to"], ""))))
    return " · ".join(filter(None, (when, way)))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _bare(text: str) -> str:
    return re.sub(r"\W", "", text).upper()


def _tail(text: str) -> str:
    return f"…{_bare(text)[-SEEN_OF_A_NUMBER:]}"


def _text(label: str, left: str, right: str) -> Row:
    """One value each; the characters and words in which they differ are marked."""
    if not left or not right or left == right:
        return Row(label, [[(left, False)]] if left else [], [[(right, False)]] if right else [])
    one, other = PIECE.findall(left), PIECE.findall(right)
    lines: tuple[Line, Line] = ([], [])
    for kind, a, b, c, d in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        for line, piece in zip(lines, ("".join(one[a:b]), "".join(other[c:d])), strict=True):
            if piece:
                line.append((piece, kind != "equal"))
    return Row(label, [lines[0]], [lines[1]], differs=True)


def _list(
    label: str, left: Sequence[str], right: Sequence[str], *, key: Any = str, said: Any = str, is_compared: bool = True
) -> Row:
    """Several values each; those that the other side does not have are marked. One that both have is agreement enough."""
    ours, theirs = ({key(value) for value in side} for side in (left, right))
    is_marked = is_compared and bool(left) and bool(right)

    def lines(side: Sequence[str], other: set[Any]) -> list[Line]:
        return [[(said(value), is_marked and key(value) not in other)] for value in side]

    return Row(label, lines(left, theirs), lines(right, ours), differs=is_marked and not ours & theirs)


# The homes -----------------------------------------------------------------------------------------------------------


def homes(left: Record, right: Record) -> dict[str, Any]:
    """What the two homes share, and who else lives in each. Evidence about a family, never about one person."""
    is_one = left["household"] == right["household"]
    others = [[m for m in one["home"] if m["id"] not in (left["id"], right["id"])][:8] for one in (left, right)]
    both = {(m["name"], m["birth_from"]) for m in left["home"]} & {(m["name"], m["birth_from"]) for m in right["home"]}
    return {
        "guardians": _shared(left, right, "guardians", lambda g: g["name"]),
        "phones": [_tail(one) for one in _shared(left, right, "phones", _digits)],
        "is_one": is_one,
        "members": [
            [_member(m, not is_one and (m["name"], m["birth_from"]) in both) for m in home]
            for home in (others[:1] if is_one else others)
        ],
    }


def _shared(left: Record, right: Record, field: str, key: Any) -> list[str]:
    theirs = {key(one) for one in right[field]}
    return list(dict.fromkeys(key(one) for one in left[field] if key(one) in theirs))


def _member(member: Record, is_in_both: bool) -> dict[str, Any]:
    known = birth_of(member)
    age = known.age_on(timezone.localdate()) if known else None
    return {
        "name": member["name"],
        "note": " ".join(filter(None, (sex_word(member["sex"]), "" if age is None else str(age)))),
        "is_in_both": is_in_both,
    }
