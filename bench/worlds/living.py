"""The families of a world, as they live: homes, brothers and sisters, twins, cousins. No person is real."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from stdnum.cn import ric

from bench.worlds.material import FIRST, LAST, TIBETAN, UYGHUR, characters, rising, same_sound
from tongxing.config.demo import given_names
from tongxing.config.demo.population import PROVINCES, counties
from tongxing.linkage import pinyin


@dataclass
class Person:
    """`surname` is the father's given name where people have patronymics."""

    number: int
    home: int
    kind: str
    surname: str
    given: str
    sex: str
    birth: date
    number_text: str
    official: date
    notes: set[str] = field(default_factory=set)


@dataclass
class Home:
    number: int
    origin: str
    guardians: list[tuple[str, str]]  # name, sex
    phones: list[str]
    numbers: list[str]
    moved: str


class Families:
    """Draws families by the `rates` of a world."""

    def __init__(self, dice: Random, rates: dict[str, float]) -> None:
        self.dice, self.rates = dice, rates
        self.provinces = rising(PROVINCES)
        self.reach = dice.choice((1, 3, 10, 40, 200))  # counties per province that people come from: dense or thin
        shares = pinyin.surname_shares()
        singles = sorted(pinyin.single_surnames() - set(shares))
        rest = (100 - sum(shares.values())) / len(singles)
        self.surnames = rising(shares | dict.fromkeys(singles, rest)
                               | dict.fromkeys(sorted(pinyin.compound_surnames()), 0.01))  # fmt: skip
        self.people = self.homes = 0
        self.villages: dict[str, list[Home]] = {}

    def chance(self, name: str) -> bool:
        return self.dice.random() < self.rates[name]

    def county(self, province: str) -> str:
        """One of those that this world reaches, the first ones more often."""
        known = counties()[province]
        return known[int(min(len(known), self.reach) * self.dice.random() ** 1.7)]

    def draw(self, table: tuple[list[str], list[float]]) -> str:
        return self.dice.choices(table[0], cum_weights=table[1])[0]

    def phone(self) -> str:
        return f"13{self.dice.randrange(10**9):09d}"

    def given(self, kind: str, sex: str, first: str = "") -> str:
        dice = self.dice
        if kind == "mongolian":
            return dice.choice(FIRST) + dice.choice(LAST[sex]) if dice.random() < 0.85 else dice.choice(FIRST)
        if kind == "uyghur":
            return dice.choice(UYGHUR[sex])
        if kind == "tibetan":
            return "".join(dice.sample(TIBETAN, dice.choice((1, 2, 2))))
        table = given_names._ranked(given_names.GIRLS if sex == "female" else given_names.BOYS)
        count = 1 if dice.random() < self.rates["one_character"] else 2
        drawn = [
            dice.choices(table[0], cum_weights=table[1])[0] if dice.random() < 0.75 else dice.choice(characters()[:])
            for _ in range(count)
        ]
        if first and count == 2:
            drawn[0] = first
        return "".join(drawn)

    def full(self, kind: str, surname: str, given: str) -> str:
        if kind == "uyghur":
            return f"{given}·{surname}"
        if kind == "mongolian":
            return f"{surname} {given}"
        return f"{surname}{given}"

    def official_number(self, origin: str, birth: date, sex: str) -> str:
        body = f"{origin}{birth:%Y%m%d}{self.dice.randrange(500) * 2 + (sex == 'male'):03d}"
        return body + ric.calc_check_digit(body + "0")

    def family(self) -> list[tuple[Person, Home]]:
        dice = self.dice
        kind = dice.choice(("mongolian", "mongolian", "uyghur", "tibetan")) if self.chance("steppe") else "han"
        province = {"mongolian": "15", "uyghur": "65", "tibetan": "54"}.get(kind) or self.draw(self.provinces)
        origin = self.county(province)
        village = self.villages.setdefault(origin + kind, [])
        is_cousin = bool(village) and self.chance("cousins")
        surname = self.draw(self.surnames) if kind == "han" else "" if kind == "tibetan" else self.given(kind, "male")
        grand: tuple[str, str] | None = None
        phone = self.phone()
        if is_cousin:
            other = dice.choice(village)
            grand, surname, phone = other.guardians[0], other.moved or surname, other.phones[0]
        father_given = surname if kind in ("mongolian", "uyghur") else self.given(kind, "male")
        father = self.full(kind, self.given(kind, "male") if kind in ("mongolian", "uyghur") else surname, father_given)
        mother = self.full(kind, self.draw(self.surnames) if kind == "han" else self.given(kind, "male") if kind != "tibetan"
                           else "", self.given(kind, "female"))  # fmt: skip
        guardians = [(father, "male"), (mother, "female")]
        if self.chance("grandparents") or grand:
            old = grand or (self.full(kind, surname, self.given(kind, dice.choice(("male", "female")))), "male")
            guardians.insert(0, old)
        birth = date(2026, 6, 1) - timedelta(days=dice.randrange(300, 365 * 17))
        parent_birth = birth - timedelta(days=dice.randrange(365 * 20, 365 * 36))
        home = Home(self.homes, origin, guardians, [phone, self.phone()],
                    [self.official_number(origin, parent_birth, "male")], surname)  # fmt: skip
        self.homes += 1
        village.append(home)
        del village[:-20]
        found = [self.person(home, kind, surname, self.given(kind, s := dice.choice(("male", "female"))), s, birth)]
        while self.chance("sibling") and len(found) < 5:
            found.append(self.sibling(found[-1], home, is_cousin))
        if self.chance("adult"):
            parent = self.person(home, kind, "" if kind == "tibetan" else self.given(kind, "male") if kind != "han" else
                                 surname, father_given, "male", parent_birth)  # fmt: skip
            if self.chance("namesake_father") and kind == "han":
                son = found[0]
                son.given, son.sex = parent.given, "male"
                son.notes, parent.notes = ({*each.notes, "namesake"} for each in (son, parent))
            found.append(parent)
        return [(person, home) for person in found]

    def person(self, home: Home, kind: str, surname: str, given: str, sex: str, birth: date) -> Person:
        self.people += 1
        official = birth
        if self.chance("official_differs"):
            official = birth + timedelta(days=self.dice.choice((-365, -200, -31, 15, 40, 300, 365)))
        number = "" if self.chance("no_number") else self.official_number(home.origin, official, sex)
        return Person(self.people, home.number, kind, surname, given, sex, birth, number, official)

    def sibling(self, last: Person, home: Home, is_cousin: bool) -> Person:
        dice = self.dice
        sex = dice.choice(("male", "female"))
        is_twin = self.chance("twin")
        first = last.given[0] if last.kind == "han" and self.chance("generation_character") else ""
        given = self.given(last.kind, sex, first)
        if is_twin and last.kind == "han" and len(last.given) == 2 and self.chance("twin_alike"):
            given = self.twin_name(last.given)
        for _ in range(5):
            if given != last.given:
                break
            given = self.given(last.kind, sex, first)
        birth = last.birth if is_twin else last.birth - timedelta(days=dice.randrange(330, 2200))
        found = self.person(home, last.kind, last.surname, given, sex, birth)
        if is_twin:
            found.notes.add("twin")
            last.notes.add("twin")
        return found

    def twin_name(self, given: str) -> str:
        """One character in common with the twin's name, or the same sound."""
        dice, kind = self.dice, self.dice.random()
        if kind < 0.1:
            return given[0] + dice.choice(same_sound().get(pinyin.sounds(given[1])[0], [given[1]]))
        other = dice.choice(characters()) if dice.random() < 0.4 else dice.choice(given_names.GIRLS + given_names.BOYS)
        return given[0] + other if kind < 0.6 else other + given[1]
