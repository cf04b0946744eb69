"""Name material of the demonstration population, and what another desk may make of a name. All persons are generated."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from tongxing.linkage import names, pinyin

# Characters of given names, frequent ones first; drawn with weights that fall with the rank.
GIRLS = (
    "婷欣怡雨梓涵诗琪佳敏静丽雪芳燕玲娟萍红霞娜慧洁蕾颖倩莹晴悦月美玉兰秀英珍凤梅桂琴云艳琳瑶萱馨妍妮可馨蓉薇菲媛思语"
    "晓小春秋心宁清若依乐禾麦苗竹青荷露冰珊彤盈岚曼舒安然紫君文子宇嘉佩淑芝翠素莲霜菊柔念夏初朵果甜糖米朦露茹茜晗"
)
BOYS = (
    "浩宇轩博文俊杰明伟强磊军勇涛鹏飞超辉刚健平波亮峰龙斌海林志国建华永成家豪子涵梓睿天佑阳晨旭东晓小鑫森淼泽毅哲凯"
    "瑞祥福贵旺根生土木石山川江河北南西春光耀宗祖德义仁信礼智诚恒远航翔宏达兴业昌盛嘉一诺然皓铭钧锋钢铁柱牛虎豹麟禹尧"
)
RARE = ("𬭎", "𬍛", "䶮", "𫖯", "𬴊", "㛃", "𠅤", "𫍯")  # beyond the basic plane or rarely in fonts; all in GB 18030
# Peoples with names in a script of their own: kind -> sex -> (as in Chinese or Cyrillic registers, own script).
OTHERS: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {
    "uyghur": {
        "male": (("阿迪力", "ئادىل"), ("买买提", "مەمەت"), ("艾力", "ئەلى"), ("吐尔逊", "تۇرسۇن"), ("玉素甫", "يۈسۈپ")),
        "female": (("阿依古丽", "ئايگۈل"), ("帕提古丽", "پاتىگۈل"), ("热依汗", "رەيھان"), ("古丽娜", "گۈلنار")),
    },
    "tibetan": {
        "male": (("扎西次仁", "བཀྲ་ཤིས་ཚེ་རིང"), ("多吉", "རྡོ་རྗེ"), ("丹增", "བསྟན་འཛིན"), ("平措", "ཕུན་ཚོགས")),
        "female": (("卓玛", "སྒྲོལ་མ"), ("央金", "དབྱངས་ཅན"), ("白玛拉姆", "པདྨ་ལྷ་མོ"), ("德吉", "བདེ་སྐྱིད")),
    },
    "mongolian": {
        "male": (
            ("Мөнхбат", "ᠮᠥᠩᠬᠡᠪᠠᠲᠤ"),
            ("Ганбаатар", "ᠭᠠᠩᠪᠠᠭᠠᠲᠤᠷ"),
            ("Тэмүүлэн", "ᠲᠡᠮᠦᠯᠡᠨ"),
            ("Батболд", "ᠪᠠᠲᠤᠪᠣᠯᠣᠳ"),
            ("Эрдэнэ", "ᠡᠷᠳᠡᠨᠢ"),
        ),
        "female": (
            ("Сарангэрэл", "ᠰᠠᠷᠠᠩᠭᠡᠷᠡᠯ"),
            ("Оюунчимэг", "ᠣᠶᠤᠨᠴᠢᠮᠡᠭ"),
            ("Энхтуяа", "ᠡᠩᠬᠡᠲᠤᠶᠠᠭ"),
            ("Наранцэцэг", "ᠨᠠᠷᠠᠨᠴᠡᠴᠡᠭ"),
            ("Болормаа", "ᠪᠣᠯᠣᠷᠮ᠎ᠠ"),
        ),
    },
}


def in_own_script(kind: str, given: str) -> str:
    """The name in the script of its people; "" where there is none."""
    both = {name: own for names_of_sex in OTHERS.get(kind, {}).values() for name, own in names_of_sex}
    return both.get(given, "")


@dataclass(frozen=True)
class People:
    """How one community names its children. kind: han | uyghur | tibetan | mongolian."""

    kind: str
    languages: tuple[str, ...]

    @property
    def has_patronymic(self) -> bool:
        return self.kind in ("uyghur", "mongolian")

    def surname(self, dice: random.Random, han: Callable[[], str]) -> str:
        """A surname; for patronymic names the father's given name; "" where there is neither."""
        if self.kind == "han":
            return han()
        return "" if self.kind == "tibetan" else dice.choice(OTHERS[self.kind]["male"])[0]

    def given(self, dice: random.Random, sex: str, taken: set[str]) -> str:
        """A given name that no brother or sister has."""
        found = self._given(dice, sex)
        for _ in range(5):
            if found not in taken:
                break
            found = self._given(dice, sex)
        return found

    def _given(self, dice: random.Random, sex: str) -> str:
        if self.kind != "han":
            return dice.choice(OTHERS[self.kind][sex])[0]
        characters, weights = _ranked(GIRLS if sex == "female" else BOYS)
        count = 2 if dice.random() < 0.86 else 1
        drawn = dice.choices(characters, cum_weights=weights, k=count)
        if dice.random() < 0.002:
            drawn[-1] = dice.choice(RARE)
        return "".join(drawn)

    def full(self, surname: str, given: str) -> str:
        if self.kind == "uyghur":
            return f"{given}·{surname}"
        return f"{surname[:1]}. {given}" if self.kind == "mongolian" else f"{surname}{given}"

    def other_names(self, dice: random.Random, name: str, given: str) -> tuple[tuple[str, str], ...]:
        """A pet name now and then; the name in its own script for the peoples who have one."""
        if self.kind != "han":
            own = in_own_script(self.kind, given)
            return ((own, "own_script"),) if own else ()
        return ((f"{dice.choice('小阿')}{given[-1]}", "nickname"),) if dice.random() < 0.06 else ()


HAN = People("han", ("zh",))
PEOPLES = {
    "65": (0.5, People("uyghur", ("ug", "zh"))),
    "54": (0.8, People("tibetan", ("bo", "zh"))),
    "63": (0.3, People("tibetan", ("bo", "zh"))),
    "15": (0.25, People("mongolian", ("mn", "zh"))),
}


def people_of(province: str, chance: float) -> People:
    share, people = PEOPLES.get(province, (0.0, HAN))
    return people if chance < share else HAN


@cache
def _ranked(characters: str) -> tuple[list[str], list[float]]:
    found = list(dict.fromkeys(characters))
    total, weights = 0.0, []
    for rank in range(len(found)):
        total += 1 / (rank + 12)
        weights.append(total)
    return found, weights


@cache
def homophones() -> dict[str, str]:
    """Characters of given names by toneless sound, for names heard and written by another hand."""
    found: dict[str, str] = {}
    for character in dict.fromkeys(GIRLS + BOYS + "晰希溪茜浠贺和河鹤昊皓郝禹雨语钰雅亚娅静婧靖景敬径洁杰节捷华桦铧骅"):
        found.setdefault(_sound(character), "")
        found[_sound(character)] += character
    return found


def _sound(character: str) -> str:
    return pinyin.toneless((pinyin.readings(character) or ("",))[0])


@cache
def _surnames_by_sound() -> dict[str, str]:
    found: dict[str, str] = {}
    for surname in sorted(pinyin.single_surnames()):
        sound = pinyin.toneless(pinyin.surname_readings(surname)[0])
        found[sound] = found.get(sound, "") + surname
    return found


def misheard(dice: random.Random, people: People, surname: str, given: str) -> str:
    """The name as another desk writes it: same, homophone, other character, nickname, pinyin, Latin, without surname."""
    if people.kind != "han":
        return _misheard_steppe(dice, people, surname, given)
    kind = dice.random()
    if dice.random() < 0.015 and len(surname) == 1:
        same = _surnames_by_sound().get(pinyin.toneless(pinyin.surname_readings(surname)[0]), surname)
        surname = dice.choice(same)
    if kind < 0.14:
        place = dice.randrange(len(given))
        other = dice.choice(homophones().get(_sound(given[place]), given[place]))
        return surname + given[:place] + other + given[place + 1 :]
    if kind < 0.18:
        place = dice.randrange(len(given))
        return surname + given[:place] + dice.choice(GIRLS + BOYS) + given[place + 1 :]
    if kind < 0.24:
        last = given[-1]
        return surname + dice.choice((f"小{last}", f"阿{last}", last + last))
    if kind < 0.28:
        spoken = names.spoken(surname + given, surname)
        return spoken if dice.random() < 0.3 else "".join(c for c in spoken.lower() if c.isalpha() or c == " ")
    return surname + given


def _misheard_steppe(dice: random.Random, people: People, surname: str, given: str) -> str:
    kind = dice.random()
    if kind < 0.25 and people.kind == "mongolian":
        return names.spoken(given)
    if kind < 0.35:
        return given
    if kind < 0.45:
        return in_own_script(people.kind, given) or given
    return people.full(surname, given)
