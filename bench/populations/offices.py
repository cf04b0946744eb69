"""How four offices err. Each slip is a small function of what was said or lies on the desk; rates are in hard.yaml.

police   copies the booklet: official name, official birth date, number; old county codes; rare characters trouble it
school   types from a form: pinyin keyboard, the name at school, the teacher's or guardian's telephone, guardian's number
clinic   hears: dialect, nicknames, the family's birthday or only an age; the doctor writes by hand and others type it
centre   meets people on the move: several scripts, the dormitory's telephone, grandparents, whatever is remembered
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from opencc import OpenCC
from ruamel.yaml import YAML

from bench.populations import HERE, material, writing
from bench.populations.world import Family, Person, World, as_solar, homophone, lunar, with_sound
from bench.populations.writing import Name

_TRADITIONAL = OpenCC("s2t")
DIALECTS = (
    ("n", "l"),
    ("l", "n"),
    ("zh", "z"),
    ("ch", "c"),
    ("sh", "s"),
    ("z", "zh"),
    ("s", "sh"),
    ("h", "f"),
    ("f", "h"),
)
ENDINGS = (("ing", "in"), ("in", "ing"), ("eng", "en"), ("en", "eng"), ("ang", "an"), ("an", "ang"))


@dataclass(frozen=True)
class Office:
    """An office on one day: `habit` is its way of transliterating, `year` the year."""

    kind: str
    rates: dict[str, Any]
    habit: int
    year: int


def record(world: World, office: Office, family: Family, person: Person) -> tuple[dict[str, str], str]:
    """What this office writes of this person: fields, and the script of the name."""
    dice = world.dice
    name, script = written_name(dice, office, family, person)
    guardian, relation = who_comes(dice, office, family, person)
    fields = {
        "name": name,
        "sex": sex(dice, office, person),
        "birth_date": birth(dice, office, person),
        "origin_division": division(dice, world, office, family),
        "guardian_name": guardian_name(dice, office, family, guardian, relation),
        "phone": phone(dice, world, office, family, guardian),
        "id_number": id_number(dice, office, person, guardian),
        "source": office.kind,
    }
    return fields, script


# Names

Slip = Callable[[random.Random, str], str]


def other_candidate(dice: random.Random, text: str) -> str:
    """The pinyin keyboard's neighbouring candidate was taken for one character."""
    return _at(dice, text, lambda c: homophone(dice, c))


def dialect(dice: random.Random, text: str) -> str:
    """One syllable was heard as the speaker's region pronounces it, then written with a frequent character."""

    def heard(character: str) -> str:
        sound = material.toneless(character)
        changed = [new + sound[len(old) :] for old, new in DIALECTS if sound.startswith(old)]
        changed += [sound[: -len(old)] + new for old, new in ENDINGS if sound.endswith(old)]
        found = [c for c in (with_sound(dice, s) for s in changed) if c]
        return dice.choice(found) if found else character

    return _at(dice, text, heard)


def by_radical(dice: random.Random, text: str) -> str:
    """Picked from a list by radical, as for rare characters: the next one was taken. Unicode has that order."""
    return _at(dice, text, lambda c: dice.choice(_beside(c)))


def look_alike(dice: random.Random, text: str) -> str:
    """Handwriting was read as a character that looks nearly the same."""
    return _at(dice, text, lambda c: dice.choice(_look_alikes().get(c, c)))


def dropped(dice: random.Random, text: str) -> str:
    """One character was left out."""
    place = dice.randrange(len(text))
    return text[:place] + text[place + 1 :] if len(text) > 1 else text


def _at(dice: random.Random, text: str, change: Callable[[str], str]) -> str:
    place = dice.randrange(len(text))
    return text[:place] + change(text[place]) + text[place + 1 :]


@cache
def _beside(character: str) -> str:
    """Frequent characters of the same radical and nearly as many strokes; itself when there is none."""
    code, known = ord(character), set(material.characters())
    return "".join(chr(n) for n in range(code - 5, code + 6) if n != code and chr(n) in known) or character


@cache
def _look_alikes() -> dict[str, str]:
    groups = YAML(typ="safe").load(HERE / "look_alikes.yaml")
    return {c: group.replace(c, "") or c for group in groups for c in group}


SLIPS: dict[str, Slip] = {
    "other_candidate": other_candidate,
    "dialect": dialect,
    "by_radical": by_radical,
    "look_alike": look_alike,
    "dropped": dropped,
}


def slipped(dice: random.Random, office: Office, text: str) -> str:
    """The text with at most one slip of this office."""
    chance = dice.random()
    for slip, share in office.rates["slips"].items():
        if chance < share:
            return SLIPS[slip](dice, text)
        chance -= share
    return text


def written_name(dice: random.Random, office: Office, family: Family, person: Person) -> tuple[str, str]:
    name = person.name
    if name.community != "han":
        return _steppe_name(dice, office, family, person)
    if person.alias and dice.random() < office.rates["alias"]:
        name = person.alias
    chance, rates = dice.random(), office.rates
    if chance < rates["pinyin"]:
        return writing.in_pinyin(dice, name), "pinyin"
    if chance < rates["pinyin"] + rates["nickname"]:
        return nickname(dice, person, name), "han"
    surname = slipped_surname(dice, office, name.family)
    text = surname + slipped(dice, office, name.given)
    return (_TRADITIONAL.convert(text) if dice.random() < rates["traditional"] else text), "han"


def slipped_surname(dice: random.Random, office: Office, surname: str) -> str:
    """Now and then a surname of the same sound is written."""
    if dice.random() >= office.rates["surname"]:
        return surname
    table, others = material.surnames()[0], material.surname_homophones()
    place = table.index(surname)
    return table[others.flat[others.starts[place] + dice.randrange(others.counts[place])]]


def nickname(dice: random.Random, person: Person, name: Name) -> str:
    """What the family calls the child: 小禾, 阿禾, 禾禾, 禾儿, with or without surname, or the milk name."""
    last = name.given[-1]
    if person.milk and dice.random() < 0.25:
        return person.milk
    short = dice.choice((f"小{last}", f"阿{last}", last + last, f"{last}儿", f"{last}娃"))
    return short if dice.random() < 0.4 else name.family + short


def _steppe_name(dice: random.Random, office: Office, family: Family, person: Person) -> tuple[str, str]:
    """Peoples with other scripts: which one depends on country, office and who holds the pen."""
    name = person.name
    where = "mongolia" if family.abroad else name.community
    habit = person.habit if dice.random() < office.rates["keeps_transliteration"] else office.habit
    script = dice.choices(*zip(*office.rates["scripts"][where].items(), strict=True))[0]
    if script == "cyrillic":
        return keyboard(dice, writing.in_cyrillic(dice, name)), script
    if script == "latin":
        return writing.in_latin(dice, name), script
    if script == "latin_names":
        return (writing.uyghur_latin if name.community == "uyghur" else writing.tibetan_latin)(name), script
    if script == "pinyin":
        return writing.in_pinyin(dice, name, habit), script
    if script == "han":
        return transliterated(dice, office, name, habit), script
    return name.own(), script


def transliterated(dice: random.Random, office: Office, name: Name, habit: int) -> str:
    """In characters; the dot and the father's name are left out now and then."""
    text = name.han(habit)
    given, dot, father = text.partition("·")
    if dot and dice.random() < 0.15:
        return slipped(dice, office, given)
    return slipped(dice, office, given) + (dice.choice("···•.") + father if dot else "")


def keyboard(dice: random.Random, text: str) -> str:
    """A keyboard without ө and ү, or a Latin letter that looks the same."""
    chance = dice.random()
    if chance < 0.10:
        return text.translate(str.maketrans("өүӨҮ", "оуОУ"))
    if chance < 0.14:
        return text.translate(str.maketrans("аеорс", "aeopc"))
    return text


# The other fields


def sex(dice: random.Random, office: Office, person: Person) -> str:
    chance = dice.random()
    if chance < office.rates["sex"]["missing"]:
        return ""
    wrong = chance < office.rates["sex"]["missing"] + office.rates["sex"]["wrong"]
    return person.sex if not wrong else {"male": "female", "female": "male"}[person.sex]


def birth(dice: random.Random, office: Office, person: Person) -> str:
    """The official date from paper, or what the family says; then the pen slips."""
    rates, chance = office.rates["birth"], dice.random()
    if chance < rates["missing"]:
        return ""
    day = person.official if dice.random() < rates["from_paper"] else person.born
    if day == person.born and dice.random() < rates["lunar"]:
        day = as_solar(lunar(person.born))
    chance = dice.random()
    for fault, share in rates["faults"].items():
        if chance < share:
            return FAULTS[fault](dice, day, office)
        chance -= share
    return day.isoformat()


def swapped(dice: random.Random, day: date, office: Office) -> str:
    return f"{day.year}-{day.day:02d}-{day.month:02d}" if day.day <= 12 else day.isoformat()


def wrong_digit(dice: random.Random, day: date, office: Office) -> str:
    """A neighbouring key in day, month or year."""
    part, step = dice.randrange(4), dice.choice((-1, 1))
    if part == 0:
        return day.replace(year=day.year + step, day=min(day.day, 28)).isoformat()
    if part == 1:
        return day.replace(month=min(max(day.month + step, 1), 12), day=min(day.day, 28)).isoformat()
    return day.replace(day=min(max(day.day + step * dice.choice((1, 1, 2, 10)), 1), 28)).isoformat()


def from_age(dice: random.Random, day: date, office: Office) -> str:
    """Only an age was said, in sui (one at birth, one more each New Year), and turned into a 1 January."""
    sui = office.year - day.year + 1
    year = office.year - sui + (0 if dice.random() < 0.5 else 1)
    return f"{year}-01-01"


def first_of_january(dice: random.Random, day: date, office: Office) -> str:
    return f"{day.year}-01-01"


def year_only(dice: random.Random, day: date, office: Office) -> str:
    return f"{day.year}" if dice.random() < 0.7 else f"{day:%Y-%m}"


FAULTS = {
    "swapped": swapped,
    "wrong_digit": wrong_digit,
    "from_age": from_age,
    "first_of_january": first_of_january,
    "year_only": year_only,
}


def division(dice: random.Random, world: World, office: Office, family: Family) -> str:
    """Where the family comes from: the code of today, of the booklet from before the reform, of where they are now."""
    rates, chance = office.rates["division"], dice.random()
    if family.abroad or chance < rates["missing"]:
        return ""
    if chance < rates["missing"] + rates["residence"]:
        return dice.choice(world.counties)
    if chance < rates["missing"] + rates["residence"] + rates["neighbour"]:
        return dice.choice(world.prefectures.get(family.county[:4], [family.county]))
    return family.former if family.former and dice.random() < rates["former"] else family.county


def who_comes(dice: random.Random, office: Office, family: Family, person: Person) -> tuple[Person | None, str]:
    """Who is with the child: mostly the usual one; an adult comes alone."""
    if person.kind == "adult":
        return None, ""
    usual = dice.random() < office.rates["usual_guardian"]
    return family.guardians[0] if usual else dice.choice(family.guardians)


def guardian_name(dice: random.Random, office: Office, family: Family, who: Person | None, relation: str) -> str:
    if who is None or dice.random() < office.rates["guardian_missing"]:
        return ""
    if who.name.community != "han":
        return _steppe_name(dice, office, family, who)[0]
    if relation.startswith("grand") and dice.random() < office.rates["granny"]:
        return who.name.family + {"grandmother": "奶奶", "grandfather": "爷爷"}[relation]
    return written_name(dice, office, family, who)[0] if dice.random() < 0.97 else who.name.family + "某"


def phone(dice: random.Random, world: World, office: Office, family: Family, who: Person | None) -> str:
    """The guardian's number of that time; the dormitory's, the shop's, the teacher's; or none."""
    rates, chance = office.rates["phone"], dice.random()
    if chance < rates["missing"]:
        return ""
    if family.dormitory and dice.random() < rates["dormitory"]:
        return family.dormitory
    if dice.random() < rates["shop"]:
        return family.shop
    if dice.random() < rates["teacher"]:
        return teacher(dice, world)
    numbers = family.phones[who.number if who else family.guardians[0][0].number]
    number = numbers[min(int(dice.random() * len(numbers) + dice.random() * 0.6), len(numbers) - 1)]
    if dice.random() < rates["slip"]:
        place = dice.randrange(4, 11)
        return number[:place] + str(dice.randrange(10)) + number[place + 1 :]
    return number


def teacher(dice: random.Random, world: World) -> str:
    """The class teacher's number stands for some thirty children."""
    return f"0009{dice.randrange(1 + world.persons // 3000):07d}"


def id_number(dice: random.Random, office: Office, person: Person, who: Person | None) -> str:
    """The child's own, or the guardian's in its place where a form insists on one, or none."""
    rates = office.rates["number"]
    if who is not None and who.id_number and dice.random() < rates["guardians"]:
        return who.id_number
    if not person.id_number or dice.random() >= rates["shown"]:
        return ""
    number = person.id_number
    if dice.random() < rates["slip"]:
        place = dice.randrange(6, 17)
        number = number[:place] + str((int(number[place]) + dice.randrange(1, 10)) % 10) + number[place + 1 :]
    return number
