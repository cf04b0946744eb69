"""Document numbers. A number helps to find a person; a wrong, old or missing one never keeps anybody out."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from operator import mul

from tongxing.linkage.details import Birth
from tongxing.linkage.divisions import is_county
from tongxing.linkage.steppe import LOOK_ALIKES

KINDS = ("resident_id", "residence_permit", "birth_certificate", "passport", "mongolian_register", "other")
SLIPS = 6
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643
_LETTERS = str.maketrans("OQDILBSZ", "00011852")  # typed for the digits that they look like
DEMONSTRATION = "99"  # no province has this code in GB/T 2260: numbers that begin so belong to nobody


@dataclass(frozen=True)
class Document:
    """What a number says.

    kind       one of KINDS, guessed from its form
    canonical  one spelling; 15-digit resident numbers in their 18-digit form, so that both find each other
    warnings   checksum | length | birth_date | county | old_form | demonstration: shown, never refused
    birth, sex, division   as the number states them ("female", "male", ""; county code at issue, GB/T 2260)
    """

    kind: str
    canonical: str
    warnings: tuple[str, ...] = ()
    birth: date | None = field(default=None)
    sex: str = ""
    division: str = ""

    @property
    def is_sound(self) -> bool:
        """Do length, birth date and check digit hold?"""
        return not {"checksum", "length", "birth_date"} & set(self.warnings)


def spellings(number: Document, birth: Birth | None) -> tuple[str, ...]:
    """The number, and when its check digit fails the numbers of which it is one slip away, at most `SLIPS`.

    A check digit of GB 11643 catches every single wrong digit and every pair changed over; the birth date that is stated
    says which of the few possible numbers are meant.
    """
    if "checksum" not in number.warnings or "demonstration" in number.warnings:
        return (number.canonical,) if number.canonical else ()
    digits = number.canonical
    whole = [each for each in _one_slip_away(digits) if _is_possible(each)]
    stated = f"{birth.first:%Y%m%d}" if birth and birth.precision == "day" else ""
    found = [each for each in whole if each[6:14] == stated] or [each for each in whole if each[6:14] == digits[6:14]]
    return (digits, *found[:SLIPS])


def _one_slip_away(digits: str) -> list[str]:
    """All numbers with a right check digit that differ in one place, or in two neighbours changed over."""
    found = [digits[:17] + _check_digit(digits)]
    target = "10X98765432".index(digits[17])
    excess = (sum(map(mul, _WEIGHTS, map(int, digits[:17]))) - target) % 11
    for place, value in enumerate(_WEIGHTS):
        right = (int(digits[place]) - excess * pow(value, -1, 11)) % 11
        if right < 10:
            found.append(f"{digits[:place]}{right}{digits[place + 1 :]}")
    for place in range(16):
        left, right_one = digits[place], digits[place + 1]
        turned = f"{digits[:place]}{right_one}{left}{digits[place + 2 :]}"
        if left != right_one and _check_digit(turned) == digits[17]:
            found.append(turned)
    return found


def _is_possible(digits: str) -> bool:
    birth = _birth(digits[6:14])
    return birth is not None and is_county(digits[:6], birth.year)


def is_own(number: Document, birth: Birth | None, sex: str) -> bool:
    """Can the number be of the person with this birth date and sex? Children are often given a guardian's.

    Official dates differ from those of the family by a year or two, seldom by more unless month and day are the same.
    """
    if number.birth is None or birth is None:
        return number.birth is None or "" in (sex, number.sex) or sex == number.sex
    years = abs(number.birth.year - birth.first.year)
    is_same_day = birth.precision == "day" and (number.birth.month, number.birth.day) == (
        birth.first.month,
        birth.first.day,
    )
    is_near = years <= (2 if birth.precision != "about" else 3)
    return (is_near or is_same_day) if "" in (sex, number.sex) or sex == number.sex else (is_near and is_same_day)


@lru_cache(maxsize=1 << 14)
def read_document(text: str) -> Document:
    """The number in `text`: full width, lower-case x, spaces, Latin look-alikes in Mongolian numbers. Never raises."""
    if len(text) == 18 and text.isascii() and text.isdecimal():
        return _resident(text, ())
    typed = "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())
    if len(typed) in (15, 18) and not typed[:-1].isdecimal() and typed.isascii() and sum(map(str.isalpha, typed)) < 4:
        digits = typed[:-1].translate(_LETTERS) + (typed[-1] if typed[-1] == "X" else typed[-1].translate(_LETTERS))
        typed = digits if digits[:-1].isdecimal() else typed
    ascii_only = typed if typed.isascii() else typed.replace("Х", "X")  # Cyrillic Ха in place of the check letter
    if re.fullmatch(r"[0-9]{17}[0-9X]", ascii_only):
        return _resident(ascii_only, ())
    if re.fullmatch(r"[0-9]{15}", ascii_only) and _birth(f"19{ascii_only[6:12]}"):
        full = f"{ascii_only[:6]}19{ascii_only[6:]}"
        return _resident(full + _check_digit(full), ("old_form",))
    if re.fullmatch(r"[0-9]{16,19}X?", ascii_only):
        return Document("resident_id", ascii_only, ("length",))
    return _other(typed)


def _birth(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _resident(number: str, warnings: tuple[str, ...]) -> Document:
    """18 characters of GB 11643; those of Hong Kong, Macao and Taiwan residents (81, 82, 83) are permits."""
    is_permit = number[:2] in ("81", "82", "83")
    birth = _birth(number[6:14])
    found = list(warnings)
    if number[-1] != _check_digit(number):
        found.append("checksum")
    if birth is None:
        found.append("birth_date")
    if number.startswith(DEMONSTRATION):
        found.append("demonstration")
    elif birth and not is_permit and not is_county(number[:6], birth.year):
        found.append("county")
    return Document(
        "residence_permit" if is_permit else "resident_id",
        number,
        tuple(found),
        birth,
        "male" if int(number[16]) % 2 else "female",
        "" if number.startswith(DEMONSTRATION) else number[:6],
    )


def _check_digit(number: str) -> str:
    """Of the first 17 digits, as GB 11643 has it."""
    return "10X98765432"[sum(map(mul, _WEIGHTS, map(int, number[:17]))) % 11]


def _other(typed: str) -> Document:
    register = typed[:2].translate(LOOK_ALIKES)
    if re.fullmatch(r"[А-ЯЁӨҮ]{2}", register) and re.fullmatch(r"[0-9]{8}", typed[2:]):
        return _mongolian(register + typed[2:])
    if re.fullmatch(r"[A-Z][0-9]{9}", typed):
        return Document("birth_certificate", typed)
    if re.fullmatch(r"[A-Z][0-9]{8}|[A-Z]{2}[0-9]{7}|E[0-9]{7}", typed):
        return Document("passport", typed)
    return Document("other", typed)


def _mongolian(number: str) -> Document:
    """Two letters and YYMMDDSS; 20 is added to the month of births from 2000 on. There is no public check digit."""
    year, month, day = int(number[2:4]), int(number[4:6]), int(number[6:8])
    century = 2000 if month > 20 else 1900
    birth = _birth(f"{century + year:04}{month % 20 if month != 20 else 20:02}{day:02}")
    return Document("mongolian_register", number, () if birth else ("birth_date",), birth)
