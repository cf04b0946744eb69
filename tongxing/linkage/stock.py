"""The stock of elements that names of Tibetans, Uyghurs, Kazakhs and Mongols are made of, in the writings of each.

Tibetan spelling is far from sound, and Han transliterations follow custom: both are looked up (stock.json), not ruled.
"""

import json
import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

LONGEST = 6  # characters of the longest element in Han


class _Stock(NamedTuple):
    """Writings of elements: in Han, in Tibetan script, and Tibetan ones in Latin letters; each gives one spelling."""

    han: dict[str, str]
    tibetan: dict[str, str]
    latin: dict[str, str]


@cache
def _stock() -> _Stock:
    raw = json.loads(files("tongxing.linkage").joinpath("stock.json").read_text(encoding="utf-8"))
    made = _Stock({}, {}, {})
    for line in raw["tibetan"]:
        said, script, han, letters = line.split("|")
        made.han.update(dict.fromkeys(han.split(), said))
        made.tibetan.update(dict.fromkeys(script.split(), said))
        made.latin.update(dict.fromkeys([said, *letters.split()], said))
    for line in [*raw["uyghur"], *raw["mongolian"]]:
        said, han = line.split("|")
        made.han.update(dict.fromkeys(han.split(), said))
    return made


@lru_cache(maxsize=1 << 14)
def han_parts(text: str) -> tuple[tuple[str, str], ...]:
    """Han text cut into known elements with their spelling, longest first, and single characters with ""."""
    known, found, place = _stock().han, [], 0
    while place < len(text):
        cut = next((n for n in range(LONGEST, 0, -1) if text[place : place + n] in known), 0)
        part = text[place : place + (cut or 1)]
        found.append((part, known.get(part, "")))
        place += len(part)
    return tuple(found)


def is_stock(text: str) -> bool:
    """Is the whole of a Han text made of known elements?"""
    return text[:1] in _first_characters() and all(said for _part, said in han_parts(text))


@cache
def _first_characters() -> frozenset[str]:
    return frozenset(known[0] for known in _stock().han)


@lru_cache(maxsize=1 << 14)
def of_tibetan(text: str) -> str:
    """A name in Tibetan script in the spelling of the stock; syllables that it does not hold stay as they are."""
    syllables = [s for s in text.replace("།", "་").replace(" ", "་").split("་") if s]
    known, found, place = _stock().tibetan, "", 0
    while place < len(syllables):
        pair = "་".join(syllables[place : place + 2])
        step = 2 if pair in known and place + 1 < len(syllables) else 1
        found += known.get(pair) if step == 2 else known.get(syllables[place], syllables[place])  # type: ignore[operator]
        place += step
    return found


def of_latin(letters: str) -> str:
    """A Tibetan name typed in Latin letters (a-z) in the spelling of the stock; "" when it is not made of its elements.

    One element at least has two syllables: single ones are any Chinese name's too.
    """
    found = _elements(letters) if len(letters) <= 40 else ()
    return "".join(found) if any(len(re.findall("[aeiou]+", each)) > 1 for each in found) else ""


@lru_cache(maxsize=1 << 14)
def _elements(letters: str) -> tuple[str, ...]:
    known = _stock().latin
    for length in range(min(9, len(letters)), 1, -1):
        said = known.get(letters[:length])
        rest = _elements(letters[length:]) if said and length < len(letters) else ()
        if said and (rest or length == len(letters)):
            return (said, *rest)
    return ()
