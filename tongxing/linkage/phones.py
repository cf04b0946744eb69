"""Telephone numbers: one spelling for each, however it was typed."""

import re
import unicodedata
from dataclasses import dataclass

_PREFIX = re.compile(r"^(?:\+|00)?(86|976)(?=(\d+)$)")


@dataclass(frozen=True)
class Phone:
    """canonical: digits without country prefix ("" when nothing can be dialled); country: CN | MN | ""."""

    canonical: str
    country: str = ""
    warnings: tuple[str, ...] = ()


def read_phone(text: str) -> Phone:
    """A number as typed: full width, spaces, hyphens, +86, 0086, +976. Never raises, never refuses.

    Warnings: `too_short`, `too_long`, `letters`. Demonstration numbers begin with 000 and are left as they are.
    """
    if len(text) == 11 and text.isascii() and text.isdecimal():
        return Phone(text, "CN")
    typed = unicodedata.normalize("NFKC", text)
    dialled = "".join(c for c in typed if c in "0123456789" or c == "+")
    digits = dialled.replace("+", "")
    country = ""
    if found := _PREFIX.match(dialled):
        rest = found[2]
        is_chinese = found[1] == "86" and (rest[0] == "1" if len(rest) == 11 else dialled[0] in "+0" and len(rest) > 8)
        is_mongolian = found[1] == "976" and len(rest) == 8
        if is_chinese or is_mongolian:
            digits, country = rest, "CN" if is_chinese else "MN"
    if not country:
        country = "CN" if len(digits) == 11 else "MN" if len(digits) == 8 and digits[:1] in tuple("6789") else ""
    return Phone(digits, country, _warnings(typed, digits))


def _warnings(typed: str, digits: str) -> tuple[str, ...]:
    found = []
    if any(c.isalpha() for c in typed):
        found.append("letters")
    if digits and len(digits) < 7:
        found.append("too_short")
    if len(digits) > 12:
        found.append("too_long")
    return tuple(found)
