"""Document numbers. A number helps to find a person; a wrong, old or missing one never keeps anybody out."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from tongxing.linkage.details import Birth
from tongxing.linkage.steppe import LOOK_ALIKES

KINDS = ("resident_id", "residence_permit", "birth_certificate", "passport", "mongolian_register", "other")
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

    @property
    def spellings(self) -> tuple[str, ...]:
        """The number itself."""
        return (self.canonical,)


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


def county_today(code: str) -> str:
    """The code of the county that an abolished code became; other codes as they are."""
    return code


@lru_cache(maxsize=1 << 14)
def read_document(text: str) -> Document:
    """The number in `text`: full width, lower-case x, spaces, Latin look-alikes in Mongolian numbers. Never raises."""
    typed = "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())
    ascii_only = typed if typed.isascii() else typed.replace("Х", "X")  # Cyrillic Ха in place of the check letter
    if re.fullmatch(r"[0-9]{17}[0-9X]", ascii_only):
        return _resident(ascii_only, ())
    if re.fullmatch(r"[0-9]{15}", ascii_only) and _birth(f"19{ascii_only[6:12]}"):
        full = f"{ascii_only[:6]}19{ascii_only[6:]}"
        return _resident(full + ric.calc_check_digit(full + "0"), ("old_form",))
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
    if number[-1] != ric.calc_check_digit(number):
        found.append("checksum")
    if birth is None:
        found.append("birth_date")
    if number.startswith(DEMONSTRATION):
        found.append("demonstration")
    elif birth and not is_permit and not _is_county(number):
        found.append("county")
    return Document(
        "residence_permit" if is_permit else "resident_id",
        number,
        tuple(found),
        birth,
        "male" if int(number[16]) % 2 else "female",
        "" if number.startswith(DEMONSTRATION) else number[:6],
    )


def _is_county(number: str) -> bool:
    try:
        return bool(ric.get_birth_place(number))
    except (ValidationError, KeyError):
        return False


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
