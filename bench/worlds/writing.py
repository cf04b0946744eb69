"""What is written down of the people of a world, and how it goes wrong: one office, many faults. No person is real."""

from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from lunar_python import Solar
from opencc import OpenCC

from bench.worlds.living import Families, Home, Person
from bench.worlds.material import alike, characters, same_sound
from tongxing.linkage import names, pinyin, steppe

Mix = tuple[list[str], list[float]]


@cache
def converter() -> OpenCC:
    return OpenCC("s2t")


def traditional(text: str) -> str:
    return str(converter().convert(text))


class Written(Families):
    """Families, and the records that offices make of them."""

    def __init__(
        self, dice: Random, rates: dict[str, float], name_faults: Mix, date_faults: Mix, missing: list[str]
    ) -> None:
        super().__init__(dice, rates)
        self.name_faults, self.date_faults = name_faults, date_faults
        self.columns_missing = missing  # by nobody in this world
        self.crowded = [self.phone() for _ in range(30)]

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

    def misheard(self, surname: str, given: str) -> str:  # noqa: C901  (one line per fault)
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
            return traditional(surname + given)
        if fault == "swapped_order":
            return surname + given[::-1]
        return f"{surname}{given};小{given[-1]}"

    def surname_alike(self, surname: str) -> str:
        sound = pinyin.toneless((pinyin.surname_readings(surname) or ("",))[0])
        near = [s for s in self.surnames[0] if pinyin.toneless((pinyin.surname_readings(s) or ("",))[0]) == sound]
        return self.dice.choice(near or [surname])

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

    def birth_date(self, person: Person, is_again: bool) -> str:  # noqa: C901  (one line per fault)
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
            phone = self.phone()
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


def _year(birth: date, step: int) -> str:
    try:
        return birth.replace(year=birth.year + step).isoformat()
    except ValueError:
        return str(birth.year + step)
