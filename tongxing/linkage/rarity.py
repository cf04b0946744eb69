"""How rare a name is, in bits: what it is worth that two records share it. Never a property of a person."""

from collections.abc import Mapping
from functools import cache
from math import log2
from typing import NamedTuple

from tongxing.linkage import pinyin
from tongxing.linkage.reading import Reading

RARE_SURNAME = 0.0001  # share of a surname that no table has
RARE_SYLLABLE = 0.0005
RARE_SKELETON = 0.001
NO_SURNAME = 0.2  # of a given name alone: it may be anybody's, and is not always all that was known
ONE_CHARACTER = 0.3  # share of given names of one syllable
MOST = 40  # bits; more says nothing more


class Tables(NamedTuple):
    """Shares (0 to 1) of persons by surname sound, of syllables among given syllables, of steppe given skeletons."""

    surnames: Mapping[str, float]
    syllables: Mapping[str, float]
    skeletons: Mapping[str, float]


@cache
def published() -> Tables:
    """From published counts of surnames and rough shares of given syllables (surnames.json)."""
    surnames: dict[str, float] = {}
    for surname, share in pinyin.surname_shares().items():
        sound = pinyin.toneless(pinyin.surname_readings(surname)[0])
        surnames[sound] = surnames.get(sound, 0.0) + share / 100
    return Tables(surnames, {s: n / 1000 for s, n in pinyin.syllable_shares().items()}, {})


def rarity(reading: Reading, tables: Tables | None = None) -> int:
    """−log2 of the share of persons who have this name by sound, rounded; 0 when the reading has no name."""
    known = tables or published()
    if reading.given_sound:
        share = known.surnames.get(reading.surname_sound, RARE_SURNAME) if reading.surname_sound else NO_SURNAME
        share *= known.syllables.get(reading.given_first, RARE_SYLLABLE)
        is_one = reading.given_first == reading.given_sound
        share *= ONE_CHARACTER if is_one else known.syllables.get(reading.given_last, RARE_SYLLABLE)
    elif reading.skeleton:
        share = known.skeletons.get(reading.skeleton, RARE_SKELETON)
    else:
        return 0
    return min(MOST, max(1, round(-log2(max(share, 1e-18)))))
