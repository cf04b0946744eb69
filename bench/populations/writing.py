"""How names are written: Chinese characters, pinyin, Cyrillic, Latin as people type it, Arabic and Tibetan script."""

import random
from dataclasses import dataclass
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from bench.populations import HERE, material
from tongxing.linkage import pinyin

# What one person or another types for a Cyrillic letter; the first is the standard's (MNS 5217).
TYPED = {"а": "a", "б": "b", "в": "v v w", "г": "g", "д": "d", "е": "ye e", "ё": "yo", "ж": "j j zh", "з": "z z dz",
         "и": "i", "й": "i i y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "ө": "u o ö u", "п": "p", "р": "r",
         "с": "s", "т": "t", "у": "u", "ү": "u u ü", "ф": "f", "х": "kh h h x", "ц": "ts ts c", "ч": "ch", "ш": "sh",
         "ъ": "", "ы": "y ii i", "ь": "i ", "э": "e", "ю": "yu", "я": "ya ia"}  # fmt: skip
VOWELS = "аэиоуөүaeiouöü"


@cache
def peoples() -> dict[str, Any]:
    return dict(YAML(typ="safe").load(HERE / "peoples.yaml"))


@dataclass(frozen=True)
class Name:
    """A name as the family has it. Han: surname and given name in characters. Others: entries of peoples.yaml."""

    community: str
    family: Any  # surname; for Mongols and Uyghurs the father's name; "" for Tibetans
    given: Any

    def han(self, habit: int = 0) -> str:
        """In characters; `habit` chooses among usual transliterations."""
        if self.community == "han":
            return f"{self.family}{self.given}"
        given = "".join(_transliterated(part, habit) for part in self.given)
        if self.community == "uyghur":
            return f"{given}·{''.join(_transliterated(part, habit) for part in self.family)}"
        return given

    def own(self) -> str:
        """In the script of its people."""
        if self.community == "han":
            return self.han()
        given = _own(self.community, self.given)
        if self.community == "uyghur":
            return f"{given} {_own(self.community, self.family)}"
        return f"{_own(self.community, self.family)} {given}" if self.community == "mongolian" else given

    def is_like(self, other: "Name") -> bool:
        return self.han() == other.han()


def _transliterated(part: list[str], habit: int) -> str:
    known = part[-2:]
    return known[habit % 2]


def _own(community: str, parts: tuple[list[str], ...]) -> str:
    joined = ("་" if community == "tibetan" else "").join(part[0] for part in parts)
    return joined[:1].upper() + joined[1:] if community == "mongolian" else joined


def syllables(text: str, is_surname: bool = False) -> list[str]:
    """Pinyin without tones."""
    if is_surname:
        return [pinyin.toneless(pinyin.surname_readings(text)[0])]
    return [material.toneless(character) or character for character in text if character != "·"]


def in_pinyin(dice: random.Random, name: Name, habit: int = 0) -> str:
    """As people type pinyin where a form takes no characters: order, spaces and capitals as it comes."""
    if name.community == "han":
        family, given = syllables(name.family, True)[0], "".join(syllables(name.given))
    else:
        family, _, given = name.han(habit).rpartition("·")
        family, given = "".join(syllables(family)), "".join(syllables(given))
        family, given = given, family  # the given name comes first
    kind = dice.random()
    if not family or not given:
        return (family + given).capitalize()
    if kind < 0.35:
        return f"{family.capitalize()} {given.capitalize()}"
    if kind < 0.6:
        return f"{family} {given}"
    if kind < 0.8:
        return f"{family}{given}"
    return f"{family.upper()} {given.capitalize()}" if kind < 0.9 else f"{given.capitalize()} {family.capitalize()}"


def in_latin(dice: random.Random, name: Name, *, initial: float = 0.4) -> str:
    """A Mongolian name as somebody types it without rules, each with own habits; father's initial, name or nothing."""
    given = typed(dice, _own("mongolian", name.given)).capitalize()
    father = typed(dice, _own("mongolian", name.family)).capitalize()
    kind = dice.random()
    if kind < initial:
        return f"{father[:1]}. {given}" if dice.random() < 0.5 else f"{father[:1]}.{given}"
    return f"{father} {given}" if kind < 0.85 else given


def typed(dice: random.Random, text: str) -> str:
    """One typist's Latin: the same choice for the same letter throughout a word."""
    habits = {letter: dice.choice(choices.split(" ")) for letter, choices in TYPED.items()}
    lower = text.lower()
    if dice.random() < 0.3:  # long vowels are heard as short ones
        lower = "".join(c for n, c in enumerate(lower) if n == 0 or c != lower[n - 1] or c not in VOWELS)
    return "".join(habits.get(c, c) for c in lower)


def uyghur_latin(name: Name) -> str:
    return f"{name.given[0][1]} {name.family[0][1]}"


def tibetan_latin(name: Name) -> str:
    return " ".join(part[1] for part in name.given)


def in_cyrillic(dice: random.Random, name: Name) -> str:
    """Father's initial or name, sometimes in the genitive, before the given name."""
    given, father = _own("mongolian", name.given), _own("mongolian", name.family)
    kind = dice.random()
    if kind < 0.45:
        return f"{father[:1]}.{given}" if dice.random() < 0.5 else f"{father[:1]}. {given}"
    return f"{genitive(father)} {given}" if kind < 0.6 else f"{father} {given}"


def genitive(name: str) -> str:
    """The father's name as it is spoken before the child's."""
    back = any(vowel in name.lower() for vowel in "аоу")
    if name[-1] in "аэоө":
        return name[:-1] + ("ын" if back else "ийн")
    return f"{name}{'г' if name[-1] == 'н' else ''}{'ын' if back and name[-1] not in 'гжчшн' else 'ийн'}"
