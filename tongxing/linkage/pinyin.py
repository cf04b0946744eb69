"""Pinyin: how Chinese characters are read in names, and what pinyin typed by hand means.

Readings are looked up per character (pypinyin's table, MIT), surnames and frequent given-name characters in
surnames.json first: 单 is shàn as a surname, 晟 is shèng in given names.
"""

import json
import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from pypinyin import pinyin_dict

from tongxing.linkage.scripts import folded_character


@cache
def _table() -> dict[str, Any]:
    text = files("tongxing.linkage").joinpath("surnames.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def surname_shares() -> dict[str, float]:
    """Frequent single-character surnames and their share of the population in per cent."""
    shares: dict[str, float] = _table()["shares"]
    return shares


def syllable_shares() -> dict[str, int]:
    """Toneless syllables of given names and their rough share in per mille."""
    shares: dict[str, int] = _table()["syllables"]
    return shares


@cache
def compound_surnames() -> frozenset[str]:
    return frozenset(_table()["compound"])


@cache
def single_surnames() -> frozenset[str]:
    return frozenset(_table()["shares"]) | frozenset(_table()["others"])


@lru_cache(maxsize=1 << 16)
def readings(character: str, is_surname: bool = False) -> tuple[str, ...]:
    """Toned readings of a character in a name, the usual first; () for what has none."""
    character = folded_character(character)
    own = _table()["surname_readings" if is_surname else "given_readings"].get(character)
    if own:
        return tuple(own.split())
    known = pinyin_dict.pinyin_dict.get(ord(character), "") if len(character) == 1 else ""
    return tuple(known.split(",")[:1]) if known else ()


@lru_cache(maxsize=1 << 12)
def surname_readings(surname: str) -> tuple[str, ...]:
    """Toned readings of a surname of one or two characters, the usual first; () when it has none."""
    plain = "".join(map(folded_character, surname))
    own = _table()["surname_readings"].get(plain)
    if own:
        return tuple(own.split())
    if len(plain) == 1:
        return readings(plain, True)
    return ("".join("".join(readings(c)[:1]) for c in plain),)


@lru_cache(maxsize=1 << 14)
def toneless(reading: str) -> str:
    """Lower-case ASCII letters only; ü becomes v, as on a Chinese keyboard."""
    plain = unicodedata.normalize("NFKD", reading.casefold()).replace("u\u0308", "v")
    return "".join(c for c in plain if "a" <= c <= "z")


@cache
def syllables() -> frozenset[str]:
    """All toneless syllables that a character can have."""
    known = {toneless(r) for all_readings in pinyin_dict.pinyin_dict.values() for r in all_readings.split(",")}
    return frozenset(s for s in known if re.search("[aeiouv]", s) and 1 <= len(s) <= 6)


@cache
def surname_sounds() -> frozenset[str]:
    return frozenset(toneless(r) for surname in single_surnames() for r in surname_readings(surname))


@cache
def compound_sounds() -> frozenset[str]:
    return frozenset(toneless(r) for surname in compound_surnames() for r in surname_readings(surname))


CUTS = 8  # at most so many ways to cut one word


@lru_cache(maxsize=1 << 14)
def segmentations(letters: str) -> tuple[tuple[str, ...], ...]:
    """Toneless letters cut into syllables in every way, at most eight, the longest syllables first; () for no pinyin."""
    if not letters:
        return ((),)
    found: list[tuple[str, ...]] = []
    for length in range(min(6, len(letters)), 0, -1):
        if letters[:length] in syllables():
            found += [(letters[:length], *rest) for rest in segmentations(letters[length:])]
    return tuple(found[:CUTS])


@lru_cache(maxsize=1 << 16)
def sounds(character: str) -> tuple[str, ...]:
    """Toneless readings of a character in a given name, the usual first; the character itself when it has none."""
    return tuple(dict.fromkeys(map(toneless, readings(character)))) or (character,)


_NEAR = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))


@lru_cache(maxsize=1 << 16)
def near(letters: str) -> str:
    """What dialects and tired ears do not tell apart: zh/z, ch/c, sh/s, n/l, -ng/-n, ü/u. Idempotent.

    Works on the joined letters, so that it is the same however they were cut into syllables.
    """
    found = letters.replace("v", "u")
    for old, new in _NEAR:
        while old in found:
            found = found.replace(old, new)
    found = found.replace("n", "l")
    # Passports write 吕 as LYU; only at the beginning, elsewhere it is two syllables (linyu).
    return f"lu{found[3:]}" if found.startswith("lyu") else found
