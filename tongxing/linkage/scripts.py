"""Writing systems: which one a name is in, and the folded form that two writings of it share.

Folding is for comparing only. What a family gave as the name is stored as they gave it.
"""

import unicodedata
from functools import lru_cache

from opencc import OpenCC

_TO_SIMPLIFIED = OpenCC("t2s")
# Ranges by script; the first letter found decides, Han before all others because mixed names are Chinese records.
_RANGES = (
    ("han", ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF), (0x3007, 0x3007))),
    ("cyrillic", ((0x0400, 0x052F),)),
    ("mongolian", ((0x1800, 0x18AF), (0x11660, 0x1167F))),
    ("tibetan", ((0x0F00, 0x0FFF),)),
    ("arabic", ((0x0600, 0x06FF), (0x0750, 0x077F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF))),
    ("latin", ((0x0041, 0x024F), (0x1E00, 0x1EFF), (0xFF21, 0xFF5A))),
)
# Between the parts of a transliterated name; keyboards and registers use all of these for the same dot.
DOTS = frozenset("·•‧・･∙⋅．.●")


@lru_cache(maxsize=1 << 16)
def script_of_character(character: str) -> str:
    """han | cyrillic | mongolian | tibetan | arabic | latin, or "" for anything else."""
    code = ord(character)
    if character.isascii():
        return "latin" if character.isalpha() else ""
    for script, ranges in _RANGES:
        if any(low <= code <= high for low, high in ranges):
            return script
    return ""


def script_of(text: str) -> str:
    """The script of a name: "han" if any character is Han, else that of its first letter; "other", "" when empty."""
    first = ""
    for character in text:
        script = script_of_character(character)
        if script == "han":
            return script
        # One look-alike Latin letter at the front does not make a Mongolian name Latin.
        first = script if script == "cyrillic" else first or script
    return first or ("other" if text.strip() else "")


@lru_cache(maxsize=1 << 16)
def folded_character(character: str) -> str:
    """Compatibility forms, case and traditional characters folded; "" for what is no letter, mark or digit."""
    before, now = "", character
    while now != before:  # a fold can uncover another: full-width ẞ, compatibility ideographs of traditional form
        before = now
        now = unicodedata.normalize("NFKC", now).casefold()
        if not now.isascii():
            now = _TO_SIMPLIFIED.convert(now)
    return "".join(c for c in now if unicodedata.category(c)[0] in "LMN" and not 0xE0100 <= ord(c) <= 0xE01EF)


@lru_cache(maxsize=1 << 16)
def folded(text: str) -> str:
    """Letters, marks and digits of `text` without width, case, spaces and traditional forms. Idempotent; never raises."""
    if text.isascii() or all(0x4E00 <= ord(c) <= 0x9FFF for c in text):  # nothing here composes with its neighbour
        return "".join(map(folded_character, text))
    before, now = "", text
    while now != before:  # characters that compose only side by side need a second look
        before = now
        now = "".join(map(folded_character, unicodedata.normalize("NFKC", now)))
    return now
