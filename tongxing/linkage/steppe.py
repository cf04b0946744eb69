"""Names of the steppe: Mongolian in Cyrillic and in the many ways of writing it in Latin; Uyghur in Arabic letters.

A skeleton is what those writings share. It joins long vowels, o/u and ö/ü, kh/h/x, ts/c, ye/e, and drops soft signs;
it is for finding, never for showing.
"""

import re
import unicodedata
from functools import lru_cache

# MNS 5217 with the vowels told apart, for showing.
_LATIN = dict(
    zip(
        "абвгдеёжзийклмноөпрстуүфхцчшщъыьэюя",
        ("a b v g d ye yo j z i i k l m n o ö p r s t u ü f kh ts ch sh sh # y # e yu ya").split(),
        strict=True,
    )
) | {"ї": "ü", "є": "ö", "ө": "ö"}
# Latin letters that look like Cyrillic ones; typed on the wrong keyboard inside a Cyrillic name.
LOOK_ALIKES = str.maketrans("ABEKMHOPCTXYVaeopcxykmv", "АВЕКМНОРСТХҮҮаеорсхүкмү")
_UYGHUR = dict(
    zip(
        "ئاەبپتجچخدرزژسشغفقكگڭلمنھوۇۆۈۋېىي",
        "' a e b p t j ch x d r z j s sh gh f q k g n l m n h o u ö ü w e i y".split(),
        strict=True,
    )
)
_FOLDS = (
    ("kh", "h"), ("gh", "g"), ("zh", "j"), ("dj", "j"), ("dz", "z"), ("ts", "c"), ("tz", "c"), ("ch", "q"), ("sh", "s"),
    ("x", "h"), ("ye", "e"), ("w", "v"), ("ö", "u"), ("ü", "u"), ("o", "u"), ("y", "i"),
)  # fmt: skip


@lru_cache(maxsize=1 << 14)
def latin(text: str) -> str:
    """A Cyrillic or Uyghur word in Latin letters, lower case; other characters pass unchanged. Soft signs fall away."""
    words = unicodedata.normalize("NFC", text.translate(LOOK_ALIKES) if _has_cyrillic(text) else text).casefold()
    return "".join(_LATIN.get(c) or _UYGHUR.get(c) or c for c in words).replace("#", "").replace("'", "")


def _has_cyrillic(text: str) -> bool:
    return any("\u0400" <= c <= "\u052f" for c in text)


@lru_cache(maxsize=1 << 14)
def skeleton(word: str) -> str:
    """The letters a-z that all writings of a Mongolian or Uyghur word share. Idempotent."""
    before, now = "", latin(word)
    while now != before:  # one fold can bring together the letters of another
        before = now
        for old, new in _FOLDS:
            now = now.replace(old, new)
        now = "".join(c for c in unicodedata.normalize("NFD", now) if "a" <= c <= "z")
        now = re.sub(r"([a-z])\1+", r"\1", now)
    return now
