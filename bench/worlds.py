"""Worlds to train on: families on the move whose rates, households and faults are drawn anew for every world.

No rate here is that of a bench: a model that has seen many different worlds owes nothing to one. No person is real.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from typing import Any

import pyarrow as pa
from lunar_python import Solar
from stdnum.cn import ric

from tongxing.config.demo import given_names
from tongxing.config.demo.population import PROVINCES, counties
from tongxing.linkage import names, pinyin, steppe

FIRST = (
    "Бат Мөнх Энх Ган Болд Эрдэнэ Нар Сар Баяр Сүх Отгон Алтан Пүрэв Даваа Лхагва Оюун Түвшин Хүрэл Цэрэн Дорж".split()
)
LAST = {
    "male": "баатар болд бат эрдэнэ жаргал сүх дорж баяр төмөр хүү зориг дэлгэр".split(),
    "female": "цэцэг туяа маа гэрэл чимэг заяа сүрэн жаргал дулам номин сайхан гоо".split(),
}
UYGHUR = {
    "male": "阿迪力 买买提 艾力 吐尔逊 玉素甫 阿卜杜拉 艾合买提 库尔班 肉孜 伊力亚斯 麦麦提 依明 亚森 卡德尔 热合曼 木拉提".split(),
    "female": "阿依古丽 帕提古丽 热依汗 古丽娜 阿米娜 祖丽皮娅 迪丽努尔 阿孜古丽 茹仙古丽 玛依拉 塔吉古丽 布威海丽 努尔古丽 海日古丽".split(),
}
TIBETAN = "扎西 次仁 多吉 丹增 平措 卓玛 央金 白玛 拉姆 德吉 索朗 洛桑 旦增 格桑 尼玛 达瓦 边巴 普布 巴桑 强巴".split()


@cache
def characters() -> list[str]:
    """The 3,755 frequent characters of GB 2312, which is also how old registers could write."""
    cells = ((row, cell) for row in range(16, 56) for cell in range(1, 95))
    found = [bytes((0xA0 + row, 0xA0 + cell)).decode("gb2312", "ignore") for row, cell in cells]
    return [c for c in found if c]


@cache
def same_sound() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for character in dict.fromkeys("".join(characters()[:]) + given_names.GIRLS + given_names.BOYS):
        found.setdefault(pinyin.sounds(character)[0], []).append(character)
    return found


@cache
def alike() -> dict[str, list[str]]:
    from tongxing.linkage import shapes

    found: dict[str, list[str]] = {}
    for character in dict.fromkeys("".join(characters()) + given_names.GIRLS + given_names.BOYS):
        found.setdefault(shapes.shape(character), []).append(character)
    return {c: [o for o in group if o != c] for key, group in found.items() if key and len(group) > 1 for c in group}


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


class World:
    """One world: `records(n)` gives about n records as a table with truth columns person, home, notes."""

    def __init__(self, seed: int) -> None:
        self.dice = dice = random.Random(seed)
        self.rates = {
            "again": dice.choice((0.0, 0.05, 0.15, 0.2, 0.3, 0.45)),
            "more": dice.uniform(0.05, 0.5),
            "sibling": dice.uniform(0.25, 0.55),
            "twin": dice.choice((0.03, 0.06, 0.12, 0.3)),
            "twin_alike": dice.uniform(0.0, 0.6),
            "generation_character": dice.uniform(0.0, 0.7),
            "namesake_father": dice.uniform(0.0, 0.05),
            "cousins": dice.uniform(0.0, 0.3),
            "namesake_cousin": dice.uniform(0.0, 0.1),
            "grandparents": dice.uniform(0.0, 0.35),
            "adult": dice.uniform(0.0, 0.4),
            "dormitory": dice.uniform(0.0, 0.15),
            "steppe": dice.choice((0.01, 0.05, 0.2, 0.5)),
            "no_number": dice.uniform(0.2, 0.9),
            "guardian_number": dice.uniform(0.0, 0.08),
            "own_phone": dice.uniform(0.2, 1.0),
            "no_phone": dice.uniform(0.02, 0.35),
            "new_phone": dice.uniform(0.1, 0.6),
            "no_guardian": dice.uniform(0.02, 0.35),
            "moved": dice.uniform(0.02, 0.2),
            "no_origin": dice.uniform(0.0, 0.15),
            "name_fault": dice.uniform(0.08, 0.45),
            "alias": dice.uniform(0.0, 0.006),
            "pinyin": dice.uniform(0.0, 0.25),
            "date_fault": dice.uniform(0.06, 0.4),
            "no_date": dice.uniform(0.0, 0.08),
            "sex_fault": dice.uniform(0.0, 0.02),
            "no_sex": dice.uniform(0.0, 0.1),
            "number_fault": dice.uniform(0.0, 0.05),
            "official_differs": dice.uniform(0.0, 0.08),
            "one_character": dice.uniform(0.08, 0.3),
        }
        self.columns_missing = dice.sample(
            ("birth_date", "origin_division", "guardian_name", "phone", "id_number", "sex"),
            dice.choice((0, 0, 0, 1, 1, 2, 3)),
        )
        self.name_faults = self._mix(("homophone", "other_character", "nickname", "alike", "near", "surname", "alone",
                                      "traditional", "swapped_order", "both"))  # fmt: skip
        self.date_faults = self._mix(
            ("swapped", "slip", "lunar", "nominal", "new_year", "year", "month", "digit", "far")
        )
        self.provinces = given_names_weights(PROVINCES)
        self.reach = dice.choice((1, 3, 10, 40, 200))  # counties per province that people come from: dense or thin
        shares = pinyin.surname_shares()
        singles = sorted(pinyin.single_surnames() - set(shares))
        rest = (100 - sum(shares.values())) / len(singles)
        self.surnames = given_names_weights(shares | dict.fromkeys(singles, rest)
                                            | dict.fromkeys(sorted(pinyin.compound_surnames()), 0.01))  # fmt: skip
        self.phones = 0
        self.people = 0
        self.homes = 0
        self.crowded = [self._phone() for _ in range(30)]
        self.villages: dict[str, list[Home]] = {}

    def _mix(self, kinds: tuple[str, ...]) -> tuple[list[str], list[float]]:
        return given_names_weights({kind: self.dice.gammavariate(0.8, 1) + 0.02 for kind in kinds})

    def chance(self, name: str) -> bool:
        return self.dice.random() < self.rates[name]

    def county(self, province: str) -> str:
        """One of those that this world reaches, the first ones more often."""
        known = counties()[province]
        return known[int(min(len(known), self.reach) * self.dice.random() ** 1.7)]

    def draw(self, table: tuple[list[str], list[float]]) -> str:
        return self.dice.choices(table[0], cum_weights=table[1])[0]

    def _phone(self) -> str:
        self.phones += 1
        return f"13{self.dice.randrange(10**9):09d}"

    # --- who there is

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
        phone = self._phone()
        if is_cousin:
            other = dice.choice(village)
            grand, surname, phone = other.guardians[0], other.moved or surname, other.phones[0]
        head = surname if kind != "han" else surname
        father_given = surname if kind in ("mongolian", "uyghur") else self.given(kind, "male")
        father = self.full(kind, self.given(kind, "male") if kind in ("mongolian", "uyghur") else surname, father_given)
        mother = self.full(kind, self.draw(self.surnames) if kind == "han" else self.given(kind, "male") if kind != "tibetan"
                           else "", self.given(kind, "female"))  # fmt: skip
        guardians = [(father, "male"), (mother, "female")]
        if self.chance("grandparents") or grand:
            old = grand or (self.full(kind, head, self.given(kind, dice.choice(("male", "female")))), "male")
            guardians.insert(0, old)
        birth = date(2026, 6, 1) - timedelta(days=dice.randrange(300, 365 * 17))
        parent_birth = birth - timedelta(days=dice.randrange(365 * 20, 365 * 36))
        home = Home(self.homes, origin, guardians, [phone, self._phone()],
                    [self.official_number(origin, parent_birth, "male")], surname)  # fmt: skip
        self.homes += 1
        village.append(home)
        if len(village) > 20:
            village.pop(0)
        found = [self.person(home, kind, surname, self.given(kind, s := dice.choice(("male", "female"))), s, birth)]
        while self.chance("sibling") and len(found) < 5:
            found.append(self.sibling(found[-1], home, is_cousin))
        if self.chance("adult"):
            parent = self.person(home, kind, "" if kind == "tibetan" else self.given(kind, "male") if kind != "han" else
                                 surname, father_given, "male", parent_birth)  # fmt: skip
            if self.chance("namesake_father") and kind == "han":
                son = found[0]
                son.given, son.sex = parent.given, "male"
                son.notes.add("namesake")
                parent.notes.add("namesake")
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

    # --- what is written down

    def name(self, person: Person, is_again: bool) -> str:
        kind, given, surname = person.kind, person.given, person.surname
        if kind == "mongolian":
            return self.steppe_name(given, surname)
        if kind != "han":
            written = self.full(kind, surname, given)
            return self.pinyin(written, "") if self.chance("pinyin") else written
        if is_again and self.chance("alias"):
            return surname + self.given("han", person.sex)
        if is_again and self.chance("name_fault"):
            return self.misheard(surname, given)
        if self.chance("pinyin"):
            return self.pinyin(surname + given, surname)
        return surname + given

    def pinyin(self, written: str, surname: str) -> str:
        dice = self.dice
        spoken = names.spoken(written, surname or None)
        if dice.random() < 0.3:
            return spoken
        flat = " ".join(pinyin.toneless(word) for word in spoken.split())
        return dice.choice((flat, flat.title(), flat.upper(), flat.replace(" ", ""), " ".join(flat.split()[::-1])))

    def misheard(self, surname: str, given: str) -> str:
        dice, fault = self.dice, self.draw(self.name_faults)
        place = dice.randrange(len(given))
        here = given[place]

        def replaced(by: str) -> str:
            return surname + given[:place] + by + given[place + 1 :]

        if fault == "homophone":
            return replaced(dice.choice(same_sound().get(pinyin.sounds(here)[0], [here])))
        if fault == "other_character":
            return replaced(dice.choice(characters()))
        if fault == "alike":
            return replaced(dice.choice(alike().get(here, [here])))
        if fault == "near":
            near = [s for s in same_sound() if pinyin.near(s) == pinyin.near(pinyin.sounds(here)[0])]
            return replaced(dice.choice(same_sound()[dice.choice(near)])) if near else surname + given
        if fault == "nickname":
            return dice.choice((surname, "")) + dice.choice(
                (f"小{given[-1]}", f"阿{given[-1]}", given[-1] * 2, f"{given[-1]}儿")
            )
        if fault == "surname":
            return self.draw(self.surnames) + given if dice.random() < 0.4 else self.surname_alike(surname) + given
        if fault == "alone":
            return given
        if fault == "traditional":
            return self.traditional(surname + given)
        if fault == "swapped_order":
            return surname + given[::-1]
        return f"{surname}{given};小{given[-1]}"

    def surname_alike(self, surname: str) -> str:
        sound = pinyin.toneless((pinyin.surname_readings(surname) or ("",))[0])
        near = [s for s in self.surnames[0] if pinyin.toneless((pinyin.surname_readings(s) or ("",))[0]) == sound]
        return self.dice.choice(near or [surname])

    @staticmethod
    def traditional(text: str) -> str:
        from opencc import OpenCC

        return str(_converter(OpenCC)(text))

    def steppe_name(self, given: str, father: str) -> str:
        dice = self.dice
        lead = dice.choice((father + " ", father[0] + ". ", father[0] + ".", ""))
        text = lead + given
        if not self.chance("pinyin") and dice.random() < 0.75:
            return text
        latin = steppe.latin(text)
        swaps = (("kh", ("kh", "h", "x")), ("ts", ("ts", "c")), ("ö", ("ö", "o", "u")), ("ü", ("ü", "u")), ("y", ("y", "i")),
                 ("j", ("j", "dj", "zh")), ("aa", ("aa", "a")), ("ee", ("ee", "e")), ("uu", ("uu", "u")))  # fmt: skip
        for old, new in swaps:
            latin = latin.replace(old, dice.choice(new))
        return latin.title() if dice.random() < 0.8 else latin.upper()

    def birth_date(self, person: Person, is_again: bool) -> str:
        dice = self.dice
        if self.chance("no_date"):
            return ""
        birth = person.official if dice.random() < 0.3 else person.birth
        if not (is_again and self.chance("date_fault")):
            return birth.isoformat()
        fault = self.draw(self.date_faults)
        if fault == "swapped" and birth.day <= 12:
            return f"{birth.year}-{birth.day:02d}-{birth.month:02d}"
        if fault == "slip":
            return (birth + timedelta(days=dice.choice((-10, -7, -3, -2, -1, 1, 2, 3, 5, 9)))).isoformat()
        if fault == "lunar":
            if dice.random() < 0.3:
                return (birth - timedelta(days=dice.randrange(20, 51))).isoformat()
            moon = Solar.fromYmd(birth.year, birth.month, birth.day).getLunar()
            try:
                return date(moon.getYear(), abs(moon.getMonth()), moon.getDay()).isoformat()
            except ValueError:
                return birth.isoformat()
        if fault == "nominal":
            return _year(birth, dice.choice((-1, 1)))
        if fault == "new_year":
            return f"{birth.year}-01-01"
        if fault == "year":
            return f"{birth.year}"
        if fault == "month":
            return f"{birth.year}-{birth.month:02d}"
        if fault == "digit":
            digits = list(birth.isoformat())
            place = dice.choice((3, 6, 8, 9))
            digits[place] = str(dice.randrange(10))
            return "".join(digits)
        if fault == "far":
            return (birth + timedelta(days=dice.randrange(-900, 900))).isoformat()
        return birth.isoformat()

    def record(self, person: Person, home: Home, is_again: bool) -> dict[str, Any]:
        dice = self.dice
        guardian = home.guardians[0] if dice.random() < 0.5 else dice.choice(home.guardians)
        own = home.phones[min(home.guardians.index(guardian), len(home.phones) - 1)]
        phone = own if self.chance("own_phone") else dice.choice(home.phones)
        if is_again and self.chance("new_phone"):
            phone = self._phone()
        if self.chance("dormitory"):
            phone = dice.choice(self.crowded)
        number = person.number_text
        if number and self.chance("number_fault"):
            place = dice.randrange(6, 17)
            number = number[:place] + str(dice.randrange(10)) + number[place + 1 :]
        if number and is_again and dice.random() < 0.3:
            number = ""
        if not number and self.chance("guardian_number"):
            number = home.numbers[0]
        sex = person.sex if not self.chance("sex_fault") else dice.choice(("male", "female"))
        origin = self.county(home.origin[:2]) if is_again and self.chance("moved") else home.origin
        found = {
            "name": self.name(person, is_again),
            "sex": "" if self.chance("no_sex") else sex,
            "birth_date": self.birth_date(person, is_again),
            "origin_division": "" if self.chance("no_origin") else origin,
            "guardian_name": "" if self.chance("no_guardian") else guardian[0],
            "phone": "" if self.chance("no_phone") else phone,
            "id_number": number,
            "person": person.number,
            "home": home.number,
            "notes": ",".join(sorted(person.notes)),
        }
        return found | dict.fromkeys(self.columns_missing, "")

    def records(self, n: int) -> pa.Table:
        rows: list[dict[str, Any]] = []
        while len(rows) < n:
            for person, home in self.family():
                rows.append(self.record(person, home, False))
                if self.chance("again"):
                    rows.append(self.record(person, home, True))
                    while self.chance("more"):
                        rows.append(self.record(person, home, True))
        self.dice.shuffle(rows)
        return pa.Table.from_pylist([{"record_id": str(n), **row} for n, row in enumerate(rows)])


@cache
def _converter(maker: Callable[..., Any]) -> Any:
    return maker("s2t").convert


def _year(birth: date, step: int) -> str:
    try:
        return birth.replace(year=birth.year + step).isoformat()
    except ValueError:
        return str(birth.year + step)


def given_names_weights(weights: dict[str, float]) -> tuple[list[str], list[float]]:
    return list(weights), list(accumulate(weights.values()))
