"""The words that a family hears before it decides, purpose by purpose, in numbered editions. No Django, no clock.

A consent row keeps the number of the edition that was read out. Editions are never changed once used: write the next.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tongxing.core.words import Words

FOLDER = Path(__file__).parent / "consent_texts"

# The closed list of purposes, in the order in which they are asked.
PURPOSES = ("registration", "school", "health", "legal", "linkage", "statistics", "contact")
NUMBERS = ("edition", "valid_from", "valid_months", "complaint_phone")
TEXTS: tuple[str, ...] = (
    "title",
    "introduction",
    "script",
    "script_for_the_child",
    "who_decides",
    "withdrawal",
    "complaint",
)
TEXTS += ("responsible", "rights")


@dataclass(frozen=True)
class Purpose:
    """One purpose: what is seen and by whom, what is not, what a refusal means, how long it is kept.

    `shown` and `withheld` are field codes of procedures/rules/referral.py where something is handed over, else empty.
    """

    code: str
    title: Words
    seen: Words
    not_seen: Words
    if_refused: Words
    kept: Words
    shown: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConsentText:
    """One edition of the consent text."""

    edition: int
    valid_from: datetime.date
    valid_months: int  # how long a decision holds before it is asked again
    title: Words
    introduction: Words
    script: Words  # read aloud before the questions
    script_for_the_child: Words
    who_decides: Words
    withdrawal: Words
    complaint: Words
    complaint_phone: str
    responsible: Words  # who answers for the data at the centre
    rights: Words
    purposes: tuple[Purpose, ...]

    def purpose(self, code: str) -> Purpose:
        """Raises KeyError for a purpose that is not asked."""
        for purpose in self.purposes:
            if purpose.code == code:
                return purpose
        raise KeyError(code)

    def valid_until(self, decided_on: datetime.date) -> datetime.date:
        """The last day on which a decision of that day holds; 29 February ends on 28 February."""
        months = decided_on.month - 1 + self.valid_months
        year, month = decided_on.year + months // 12, months % 12 + 1
        day = decided_on.day
        while True:
            try:
                return datetime.date(year, month, day)
            except ValueError:
                day -= 1


def load(path: Path) -> ConsentText:
    """One edition. Raises ValueError that names the file and every missing or unknown entry at once."""
    data: Mapping[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    wrong: list[str] = []
    codes = tuple(row.get("code") for row in data.get("purposes", ()))
    if codes != PURPOSES:
        wrong.append(f"purposes must be {', '.join(PURPOSES)} in this order, found {codes}")
    purposes = tuple(_purpose(row, wrong) for row in data.get("purposes", ()))
    texts = {name: _words(data, name, name, wrong) for name in TEXTS}
    wrong += [f"{name}: missing" for name in NUMBERS if not data.get(name)]
    if wrong:
        raise ValueError(f"{path.name}: " + "; ".join(wrong))
    return ConsentText(
        edition=data["edition"],
        valid_from=data["valid_from"],
        valid_months=data["valid_months"],
        complaint_phone=data["complaint_phone"],
        purposes=purposes,
        **texts,
    )


@cache
def editions(folder: Path = FOLDER) -> tuple[ConsentText, ...]:
    """All editions, oldest first."""
    found = [load(path) for path in folder.glob("*.yaml")]
    return tuple(sorted(found, key=lambda text: text.edition))


def edition(number: int) -> ConsentText:
    """The edition that a consent row names. Raises KeyError if there is none."""
    for text in editions():
        if text.edition == number:
            return text
    raise KeyError(f"no consent text edition {number}")


def in_force(on: datetime.date) -> ConsentText:
    """The edition to read out on that day. Raises KeyError if none is valid yet."""
    valid = [text for text in editions() if text.valid_from <= on]
    if not valid:
        raise KeyError(f"no consent text is valid on {on}")
    return valid[-1]


def _purpose(row: Mapping[str, Any], wrong: list[str]) -> Purpose:
    code = str(row.get("code"))
    words = {
        name: _words(row, name, f"{code}.{name}", wrong) for name in ("title", "seen", "not_seen", "if_refused", "kept")
    }
    return Purpose(code, **words, shown=tuple(row.get("shown", ())), withheld=tuple(row.get("withheld", ())))


def _words(data: Mapping[str, Any], name: str, where: str, wrong: list[str]) -> Words:
    try:
        return Words.read(data.get(name), where)
    except ValueError as problem:
        wrong.append(str(problem))
        return Words("", "", "")
