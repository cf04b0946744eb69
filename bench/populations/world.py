"""Who really lives: villages of related families, with all that they and the offices know of themselves.

Nothing here is an error. Faults come from what offices ask and how they write (offices.py).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import Any

from lunar_python import LunarYear, Solar
from stdnum.cn import ric

from bench.populations import material
from bench.populations.writing import Name, peoples

MILK = "毛毛 豆豆 妞妞 狗娃 丫丫 石头 虎子 二娃 三妹 小宝 大宝 铁蛋 圆圆 乐乐 牛牛 笑笑 点点 花花 幺妹 阿宝".split()
HOME = {"uyghur": ("65",), "tibetan": ("54", "63", "51"), "mongolian": ("15",)}
STEPPE = [f"9{n}" for n in range(10, 31)]  # aimags have no Chinese county code; their people give none


@dataclass
class Person:
    """born: the day. official: what the register of residence holds. number: the resident number, "" for none."""

    number: int
    household: int
    kind: str
    sex: str
    name: Name
    born: date
    official: date
    id_number: str = ""
    alias: Name | None = None  # the name at school
    milk: str = ""
    habit: int = 0  # which transliteration the register took
    twin_of: int = -1
    parent: int = -1
    namesake_of: int = -1


@dataclass
class Family:
    """guardians: (person, relation); the first is the one who usually comes with a child."""

    number: int
    county: str  # of today
    former: str  # the code before a reform, "" when there was none
    abroad: bool  # in Mongolia
    guardians: list[tuple[Person, str]] = field(default_factory=list)
    children: list[Person] = field(default_factory=list)
    phones: dict[int, list[str]] = field(default_factory=dict)  # by person, the oldest first
    shop: str = ""  # the telephone of the village shop
    dormitory: str = ""  # that of the gatekeeper where the parents live


@cache
def _months(lunar_year: int) -> list[tuple[int, int]]:
    """First day (as ordinal) and number of the months of a lunar year; a leap month has the number it repeats."""
    found = []
    for month in LunarYear.fromYear(lunar_year).getMonths():
        if month.getYear() == lunar_year:
            first = Solar.fromJulianDay(month.getFirstJulianDay())
            day = date(first.getYear(), first.getMonth(), first.getDay()).toordinal()
            found.append((day, abs(month.getMonth())))
    return sorted(found)


@cache
def lunar(day: date) -> tuple[int, int, int]:
    """Year, month and day of the lunar calendar."""
    year = day.year if day.toordinal() >= _months(day.year)[0][0] else day.year - 1
    first, month = next(known for known in reversed(_months(year)) if known[0] <= day.toordinal())
    return year, month, day.toordinal() - first + 1


@cache
def reforms() -> dict[str, str]:
    """Codes of counties that were renumbered -> their code today, where name and years of the table agree."""
    ended: dict[tuple[str, str], str] = {}
    found: dict[str, str] = {}
    rows, prefix = [], ""
    for line in files("stdnum.cn").joinpath("loc.dat").read_text(encoding="utf-8").splitlines():
        code, _, rest = line.strip().partition(" ")
        if line[:1].isdigit():
            prefix = code
        elif '"' in rest:
            rows += [(prefix + code, *part[1:].split("]")) for part in rest.split('"')[1].split(",") if "]" in part]
    for code, years, name in rows:
        first, _, last = years.partition("-")
        if last:
            ended[(last, name[:2] + code[:2])] = code
    for code, years, name in rows:
        first, _, last = years.partition("-")
        before = ended.get((first, name[:2] + code[:2]))
        if before and not last and before != code:
            found[before] = code
    return found


@cache
def former_codes() -> dict[str, str]:
    return {now: before for before, now in reforms().items()}


class World:
    """Draws one village after the other; holds the dice and the counters."""

    def __init__(self, rates: dict[str, Any], seed: int) -> None:
        self.rates, self.dice = rates, random.Random(seed)
        self.persons = self.households = self.phones = self.dormitories = 0
        codes, shares = material.counties()
        self.counties = list(codes)
        self.homes = {"han": (self.counties, list(shares))} | {
            community: ([c for c in codes if c[:2] in provinces], None) for community, provinces in HOME.items()
        }
        self.prefectures: dict[str, list[str]] = {}
        for code in codes:
            self.prefectures.setdefault(code[:4], []).append(code)
        self.reformed = sorted(former_codes())
        names, cumulated = material.surnames()
        self.surnames, self.surname_shares = list(names), list(cumulated)
        characters = material.characters()
        self.given = {}
        for sex in ("male", "female"):
            numbers, rising = material.given_weights(sex)
            self.given[sex] = [characters[n] for n in numbers], list(rising)
        self.serials: dict[tuple[str, date, str], int] = {}
        self.workplaces: list[str] = []

    def happens(self, share: float) -> bool:
        return self.dice.random() < share

    def surname(self) -> str:
        return self.dice.choices(self.surnames, cum_weights=self.surname_shares)[0]

    def phone(self) -> str:
        self.phones += 1
        return f"000{self.phones * 7919 % 100_000_000:08d}"

    def village(self) -> Iterator[Family]:
        """Families of one village: some are the families of brothers."""
        dice = self.dice
        shares = self.rates["communities"]
        community = dice.choices(list(shares), cum_weights=list(accumulate(shares.values())))[0]
        abroad = community == "mongolian" and self.happens(self.rates["in_mongolia"])
        county = self.home(community)
        shop = self.phone()
        left = dice.randrange(3, 9)
        while left > 0:
            brothers = 2 if self.happens(self.rates["brothers"]) else 1
            left -= brothers
            yield from self.clan(community, county, abroad, shop, brothers)

    def home(self, community: str) -> str:
        if self.happens(self.rates["reformed_county"]) and community == "han":
            return self.dice.choice(self.reformed)
        there = self.homes[community]
        return self.dice.choices(*there[:1], cum_weights=there[1])[0]

    def clan(self, community: str, county: str, abroad: bool, shop: str, brothers: int) -> list[Family]:
        """Brothers' families: one grandfather and grandmother, one surname, cousins with one generation character."""
        surname = self.surname()
        grandfather, grandmother = (
            self.adult(community, surname, sex, county, abroad, 58) for sex in ("male", "female")
        )
        if community == "han":
            grandmother.name = Name("han", self.surname(), grandmother.name.given)
        generation = self.character("male") if self.happens(self.rates["generation"]) else ""
        families = []
        for _ in range(brothers):
            family = self.family(community, county, abroad, shop, grandfather, grandmother, generation)
            families.append(family)
        if brothers == 2 and self.happens(self.rates["namesake_cousins"]):
            name_after_cousin(self.dice, families)
        return families

    def character(self, sex: str) -> str:
        """One of a given name."""
        values, rising = self.given[sex]
        return self.dice.choices(values, cum_weights=rising)[0]

    def family(
        self, community: str, county: str, abroad: bool, shop: str, grandfather: Person, grandmother: Person, first: str
    ) -> Family:
        dice, rates = self.dice, self.rates
        self.households += 1
        former = former_codes().get(county, "")
        found = Family(self.households, county, former, abroad, shop=shop)
        father = self.adult(community, grandfather.name.family, "male", county, abroad, 36, grandfather.name)
        mother = self.adult(community, self.surname(), "female", county, abroad, 34)
        parents = [(father, "father"), (mother, "mother")]
        if self.happens(rates["left_behind"]):
            elders = [(grandfather, "grandfather"), (grandmother, "grandmother")]
            dice.shuffle(elders)
            found.guardians = [*elders, *parents]
        else:
            dice.shuffle(parents)
            found.guardians = [*parents, (grandmother, "grandmother")]
            if self.happens(rates["in_dormitory"]):
                found.dormitory = self.workplace()
        for person, _ in found.guardians:
            person.household = found.number
            found.phones[person.number] = [self.phone() for _ in range(dice.choice((1, 1, 2, 3)))]
        self.bear(found, father, mother, community, first)
        return found

    def workplace(self) -> str:
        """A dormitory of some forty families has one telephone."""
        if not self.workplaces or self.happens(1 / self.rates["dormitory_families"]):
            self.workplaces.append(self.phone())
        return self.dice.choice(self.workplaces[-5:])

    def adult(
        self, community: str, surname: Any, sex: str, county: str, abroad: bool, age: int, father: Name | None = None
    ) -> Person:
        self.persons += 1
        born = date(self.rates["today"] - age, 1, 1) + timedelta(days=self.dice.randrange(-2500, 2500))
        family = surname if community in ("han",) else self.father_name(community, father)
        name = Name(community, family, self.given_name(community, sex, ""))
        number = self.id_number(county, born, sex) if not abroad and self.happens(0.9) else ""
        return Person(self.persons, -1, "adult", sex, name, born, born, number, habit=self.dice.randrange(2))

    def father_name(self, community: str, father: Name | None) -> Any:
        """Of Mongols and Uyghurs: the father's given name."""
        if community == "tibetan":
            return ()
        return father.given if father else self.given_name(community, "male", "")

    def given_name(self, community: str, sex: str, first: str) -> Any:
        dice = self.dice
        if community == "han":
            if first or not self.happens(self.rates["one_character"]):
                return (first or self.character(sex)) + self.character(sex)
            return self.character(sex)
        known = peoples()[community]
        if community == "uyghur":
            return (dice.choice(known[sex]),)
        if dice.random() < 0.12:
            return (dice.choice(known["first"]),)
        part = dice.choice(known["first"])
        return (part, dice.choice([other for other in known[sex] if other[-2] != part[-2]]))

    def bear(self, family: Family, father: Person, mother: Person, community: str, first: str) -> None:
        dice, rates = self.dice, self.rates
        count = dice.choices((1, 2, 3, 4), cum_weights=(50, 85, 96, 100))[0]
        eldest = date(rates["today"] - dice.randrange(4, 18), 1, 1) + timedelta(days=dice.randrange(365))
        born, taken = eldest, {father.name.han()}
        while len(family.children) < count and born.year < rates["today"]:
            child = self.child(family, father, mother, born, community, first, taken)
            if self.happens(rates["twins"]):
                twin = self.child(family, father, mother, born, community, first, taken, of=child)
                child.twin_of, twin.twin_of = twin.number, child.number
            born = born + timedelta(days=dice.randrange(360, 2000))
        sons = [child for child in family.children if child.sex == "male"]
        if sons and community == "han" and self.happens(rates["namesake_of_father"]):
            sons[0].name = nearly(dice, father.name)
            sons[0].namesake_of = father.number

    def child(
        self, family: Family, father: Person, mother: Person, born: date, community: str, first: str, taken: set[str],
        of: Person | None = None,
    ) -> Person:  # fmt: skip
        """A child, or the twin `of` another."""
        dice, rates = self.dice, self.rates
        sex = of.sex if of and self.happens(0.7) else "male" if self.happens(0.52) else "female"
        name = self.name_of_child(father, mother, sex, community, first, of)
        while name.han() in taken:
            name = self.name_of_child(father, mother, sex, community, first, of)
        taken.add(name.han())
        official = of.official if of else registered(dice, rates["official_birth"], born)
        self.persons += 1
        has_number = not family.abroad and self.happens(rates["has_number"])
        issued = family.former if family.former and self.happens(rates["number_of_before"]) else family.county
        found = Person(
            self.persons, family.number, "child", sex, name, born, official,
            self.id_number(issued, official, sex) if has_number else "",
            parent=father.number, habit=dice.randrange(2),
        )  # fmt: skip
        if community == "han" and self.happens(rates["alias"]):
            found.alias = Name("han", name.family, self.given_name("han", sex, ""))
        found.milk = dice.choice(MILK) if self.happens(0.5) else ""
        family.children.append(found)
        return found

    def name_of_child(self, father: Person, mother: Person, sex: str, community: str, first: str, of: Any) -> Name:
        if community != "han":
            family = () if community == "tibetan" else father.name.given
            return Name(community, family, self.given_name(community, sex, ""))
        surname = of.name.family if of else father.name.family if not self.happens(0.03) else mother.name.family
        given = self.given_name("han", sex, first)
        if of and len(of.name.given) == 2 and self.happens(self.rates["twin_names"]):  # one character in common
            other = self.character(sex)
            given = of.name.given[0] + other if self.happens(0.5) else other + of.name.given[1]
        return Name("han", surname, given)

    def id_number(self, county: str, born: date, sex: str) -> str:
        """A right check digit and a serial from 900 on; those of twins follow each other."""
        key = (county, born, sex)
        nth = self.serials[key] = self.serials.get(key, -1) + 1
        body = f"{county}{born:%Y%m%d}{900 + 2 * (nth % 50) + (sex == 'male'):03d}"
        return body + ric.calc_check_digit(body + "0")


def nearly(dice: random.Random, name: Name) -> Name:
    """The same name, or one that sounds the same."""
    if dice.random() < 0.5:
        return name
    return Name(name.community, name.family, "".join(homophone(dice, c) for c in name.given))


def name_after_cousin(dice: random.Random, families: list[Family]) -> None:
    """Two grandchildren of one grandfather get one name, some years or months apart."""
    pairs = [
        (one, other)
        for one in families[0].children
        for other in families[1].children
        if one.sex == other.sex and one.name.community == "han" and one.namesake_of < 0 and other.namesake_of < 0
    ]
    if pairs:
        one, other = dice.choice(pairs)
        other.name = nearly(dice, one.name)
        other.namesake_of = one.number


def registered(dice: random.Random, rates: dict[str, float], born: date) -> date:
    """What the parents declared: the day, the lunar date as if it were solar, or a day before school begins."""
    kind = dice.random()
    if kind < rates["lunar"]:
        return as_solar(lunar(born))
    if kind < rates["lunar"] + rates["before_school"] and date(born.year, 9, 1) <= born <= date(born.year, 11, 30):
        return date(born.year, 8, dice.randrange(20, 32))
    if kind > 1 - rates["late"]:
        return born + timedelta(days=dice.randrange(30, 420))
    return born


def as_solar(said: tuple[int, int, int]) -> date:
    """A lunar date written into a solar calendar; the 30th of a short month becomes its last day."""
    year, month, day = said
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


@cache
def _homophones() -> dict[str, str]:
    found: dict[str, str] = {}
    for character in material.characters():
        sound = material.toneless(character)
        found[sound] = found.get(sound, "") + character
    return found


def homophone(dice: random.Random, character: str) -> str:
    """Another candidate that a pinyin keyboard offers for the sound, earlier ones more often; itself if there is none."""
    others = _homophones().get(material.toneless(character), "").replace(character, "")
    return others[min(int(dice.expovariate(0.3)), len(others) - 1)] if others else character


def with_sound(dice: random.Random, sound: str) -> str:
    """A frequent character of this sound; "" when none has it."""
    others = _homophones().get(sound, "")
    return others[min(int(dice.expovariate(0.3)), len(others) - 1)] if others else ""
