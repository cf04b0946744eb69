"""What is odd in the writing of a name: characters that few fonts have, letters of two alphabets in one word. Pure."""

import unicodedata
from dataclasses import dataclass

from tongxing.linkage.pinyin import readings
from tongxing.linkage.scripts import script_of
from tongxing.linkage.steppe import LOOK_ALIKES

# Ukrainian and Greek letters that stand for Ө and Ү where a keyboard or an old font lacks them.
_STAND_INS = str.maketrans("ЄєΘθѲѳЇї", "ӨөӨөӨөҮү")


@dataclass(frozen=True)
class Rare:
    """A character that many computers cannot draw: itself, its code (U+20BB7), how it is read ("" when not known)."""

    character: str
    code: str
    reading: str


def rare(text: str) -> tuple[Rare, ...]:
    """Han characters beyond the basic plane (extensions B and later) and private ones, each once, in order."""
    return tuple(
        Rare(c, f"U+{ord(c):04X}", "".join(readings(c)[:1])) for c in dict.fromkeys(text) if _is_rarely_drawn(c)
    )


def _is_rarely_drawn(character: str) -> bool:
    return 0x20000 <= ord(character) <= 0x3FFFF or unicodedata.category(character) in ("Co", "Cn")


def one_alphabet(text: str) -> str:
    """A Cyrillic name with the letters that were probably meant; "" when it has no letter of another alphabet.

    A and А look alike and are not found by each other; Є and Ї are what some keyboards give for Ө and Ү.
    """
    if script_of(text) != "cyrillic":
        return ""
    meant = text.translate(LOOK_ALIKES).translate(_STAND_INS)
    return meant if meant != text else ""


def narrow(text: str) -> str:
    """Full-width letters, digits and signs as narrow ones (１３８ → 138, Ｘ → X); everything else as it was typed."""
    return "".join(unicodedata.normalize("NFKC", c) if 0xFF01 <= ord(c) <= 0xFF5E or c == "\u3000" else c for c in text)
