"""The divisions of China (GB/T 2260, to the county) and of Mongolia (ISO 3166-2), read from maintained packages.

China comes from python-stdnum's `cn/loc.dat`, which also keeps abolished codes with the years in which they were valid
(docs/adr/0002). Names in English are made from the pinyin; data/place-names.yaml corrects what pinyin alone gets wrong.
No Django here: the loader turns these values into rows.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

import pycountry
import stdnum.cn
from opencc import OpenCC
from pypinyin import lazy_pinyin
from ruamel.yaml import YAML

# Levels of the numbering that are no place: "districts under the city", "counties directly under the province".
VIRTUAL = re.compile(r"市辖区|县|市|.*直辖(县级)?行政单位")
LINE = re.compile(r"^(?P<code>\d\d|  \d{4}) (?:province|county)=\"(?P<names>[^\"]+)\"\s*$")
DATED_NAME = re.compile(r"(?:\[(?P<since>\d{4})?-(?P<until>\d{4})?\])?(?P<name>[^\[\],]+)")

# The longest ending wins. English follows the usage of official maps; "" leaves the bare name.
ENDINGS = {
    "特别行政区": "",
    "行政委员会": "Administrative Committee",
    "区办事处": "Office",
    "办事处": "Office",
    "自治区": "",
    "自治州": "Autonomous Prefecture",
    "自治县": "Autonomous County",
    "自治旗": "Autonomous Banner",
    "联合旗": "United Banner",
    "左翼前旗": "Left Front Banner",
    "左翼中旗": "Left Middle Banner",
    "左翼后旗": "Left Rear Banner",
    "右翼前旗": "Right Front Banner",
    "右翼中旗": "Right Middle Banner",
    "右翼后旗": "Right Rear Banner",
    "前旗": "Front Banner",
    "中旗": "Middle Banner",
    "后旗": "Rear Banner",
    "左旗": "Left Banner",
    "右旗": "Right Banner",
    "地区": "Prefecture",
    "特区": "Special District",
    "群岛": "Islands",
    "盟": "League",
    "旗": "Banner",
    "州": "Prefecture",
    "县": "County",
    "区": "District",
    "市": "City",
    "镇": "Town",
    "省": "",
}
BY_LENGTH = sorted(ENDINGS, key=len, reverse=True)


@dataclass(frozen=True)
class Name:
    """What a code meant from one year to another, both inclusive; None: not limited in the source."""

    zh: str
    since: int | None
    until: int | None
    en: str = ""
    mn: str = ""


@dataclass(frozen=True)
class Place:
    """One division. `names` is never empty; the last is the current or latest one."""

    code: str
    country: str
    level: str
    parent: str | None
    names: tuple[Name, ...]
    keys: tuple[str, ...] = field(default=())
    sort_key: str = ""

    @property
    def name(self) -> Name:
        return self.names[-1]


def folded(text: str) -> str:
    """Text as it is compared: full width, case, accents, spaces and punctuation do not matter; ü counts as u.

    >>> folded("Ｃhángzhōu,  Hebei")
    'changzhouhebei'
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    kept = (c for c in unicodedata.normalize("NFD", plain) if c.isalnum() or c == "\u0306")
    # й and ё are letters of their own; only Latin loses its marks.
    return unicodedata.normalize("NFC", "".join(kept)).replace("ё", "е")


@cache
def corrections() -> Mapping[str, Any]:
    """data/place-names.yaml: provinces, ethnic groups, readings and English names that pinyin does not give."""
    text = (files("tongxing.organisations") / "data" / "place-names.yaml").read_text("utf-8")
    read: Mapping[str, Any] = YAML(typ="safe").load(text)
    return read


@cache
def china() -> tuple[Place, ...]:
    """Every division of GB/T 2260 that is or was a place, provinces first, each after its parent; source as above."""
    named = dict(_named_codes())
    places: dict[str, Place] = {}
    for code in sorted(named, key=lambda c: (_depth(c), c)):
        parent = next((up for up in (code[:4] + "00", code[:2] + "0000") if up != code and up in places), "CN")
        level = ("province", "prefecture", "county")[_depth(code)]
        names = tuple(_translated(n, code, level) for n in named[code])
        places[code] = Place(code, "CN", level, parent, names)
    return tuple(_with_keys(p, places) for p in places.values())


def mongolia() -> list[Place]:
    """The aimags and the capital, codes from ISO 3166-2 (pycountry), names in data/place-names.yaml.

    Raises KeyError when the standard lists a division that has no name here.
    """
    named = corrections()["mongolia"]
    codes = sorted(s.code for s in pycountry.subdivisions.get(country_code="MN"))
    places = {
        code: Place(
            code, "MN", "aimag", "MN", (Name(named[code]["zh"], None, None, named[code]["en"], named[code]["mn"]),)
        )
        for code in codes
    }
    return [_with_keys(p, places) for p in places.values()]


def countries() -> list[Place]:
    return [
        _with_keys(Place("CN", "CN", "country", None, (Name("中国", None, None, "China", "Хятад"),)), {}),
        _with_keys(Place("MN", "MN", "country", None, (Name("蒙古国", None, None, "Mongolia", "Монгол Улс"),)), {}),
    ]


def _named_codes() -> Iterator[tuple[str, list[Name]]]:
    province = ""
    for line in (files(stdnum.cn) / "loc.dat").read_text("utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        match = LINE.match(line)
        if match is None:
            raise ValueError(f"python-stdnum's cn/loc.dat has a line of an unknown form: {line!r}")
        part = match["code"].strip()
        if len(part) == 2:
            province = part
            continue
        names = [n for n in dated_names(match["names"]) if not VIRTUAL.fullmatch(n.zh)]
        if names:
            yield province + part, names


def dated_names(text: str) -> list[Name]:
    """`[-1991]东郊区,[1992-]东丽区` → two names with their years, oldest first.

    Some ranges of the source run backwards (`[1983-1982]`); of those only the last year is kept.
    """
    found = []
    for match in DATED_NAME.finditer(text):
        since, until = (int(y) if y else None for y in (match["since"], match["until"]))
        if since and until and since > until:
            since = None
        found.append(Name(_simplified(match["name"]), since, until))
    return sorted(found, key=lambda n: (n.until or 9999, n.since or 0))


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def _simplified(name: str) -> str:
    # Only what ends in a traditional character: folding every name would turn 乾 of 乾县 into 干.
    return str(_simplifier().convert(name)) if name[-1] in "區會縣" else name


def _depth(code: str) -> int:
    return 0 if code.endswith("0000") else 1 if code.endswith("00") else 2


def _translated(name: Name, code: str, level: str) -> Name:
    known = corrections()["provinces"].get(code) or corrections()["names"].get(name.zh)
    if known:
        return replace(name, en=known["en"], mn=known.get("mn", ""))
    return replace(name, en=english(name.zh, is_city_level=level == "prefecture"))


def english(name: str, *, is_city_level: bool = False) -> str:
    """`沧县` → `Cang County`; `孟村回族自治县` → `Mengcun Hui Autonomous County`; a city of cities adds no word."""
    stem, groups, ending = parts(name)
    word = ENDINGS.get(ending, "")
    if ending == "市" and is_city_level:
        word = ""
    return " ".join(w for w in (romanised(stem), _listed(groups), word) if w)


def parts(name: str) -> tuple[str, list[str], str]:
    """Stem, ethnic groups in English, ending: `孟村回族自治县` → `("孟村", ["Hui"], "自治县")`."""
    if name in corrections()["whole"]:
        return name, [], ""
    ending = next((e for e in BY_LENGTH if name.endswith(e) and len(name) > len(e)), "")
    stem = name.removesuffix(ending)
    groups: list[str] = []
    known = corrections()["groups"]
    while group := next((g for g in known if _ends_with_group(stem, g, ending)), ""):
        stem = stem.removesuffix("族").removesuffix(group)
        groups.insert(0, known[group])
    return stem, groups, ending


def _ends_with_group(stem: str, group: str, ending: str) -> bool:
    # Without 族 a group's name counts only before "autonomous": 蒙古 in 博尔塔拉蒙古自治州, but never 水 in 丽水市.
    return stem.endswith(group + "族") or (len(group) > 1 and ending.startswith("自治") and stem.endswith(group))


def _listed(groups: list[str]) -> str:
    return " and ".join(g for g in (", ".join(groups[:-1]), groups[-1] if groups else "") if g)


def romanised(stem: str) -> str:
    """A place name in the spelling of maps: `西安` → `Xi'an`, `吕梁` → `Lüliang`; known exceptions first."""
    if not stem:
        return ""
    if known := corrections()["english_stems"].get(stem):
        return str(known)
    word = ""
    for syllable in syllables(stem):
        word += "'" + syllable if word and syllable[0] in "aeo" else syllable
    return word[:1].upper() + word[1:]


def syllables(stem: str) -> list[str]:
    """Pinyin of a place name, one per character, without tones; ü is kept."""
    if reading := corrections()["readings"].get(stem):
        return list(reading.split())
    usual = corrections()["usual_readings"]
    read = lazy_pinyin(stem, errors=lambda unread: list(unread))  # type: ignore[arg-type, return-value]
    return [usual.get(character, said).replace("v", "ü") for character, said in zip(stem, read, strict=True)]


def _with_keys(place: Place, places: Mapping[str, Place]) -> Place:
    """Add the folded forms by which a place is found: alone, and with what it lies in (`常州天宁`)."""
    own = list(_own_keys(place))
    keys = dict.fromkeys(own)
    before, after_en, after_mn = "", "", ""
    for up in _above(place, places):
        zh, stem = folded(up.name.zh), folded(parts(up.name.zh)[0])
        before = zh + before
        after_en, after_mn = after_en + folded(up.name.en), after_mn + folded(up.name.mn)
        outers = {"zh": {before, zh, stem}, "en": {after_en, folded(up.name.en)}, "mn": {after_mn, folded(up.name.mn)}}
        for inner in own:
            script = _script(inner)
            joined = sorted(outers[script])
            keys |= dict.fromkeys(outer + inner if script == "zh" else inner + outer for outer in joined)
    zh = place.name.zh
    sort = "".join(syllables(zh)) if place.country == "CN" else place.name.en
    return replace(place, keys=tuple(keys), sort_key=folded(sort))


def _above(place: Place, places: Mapping[str, Place]) -> Iterator[Place]:
    """What the place lies in, nearest first, without the country."""
    while up := places.get(place.parent or ""):
        yield up
        place = up


def _script(key: str) -> str:
    return "zh" if key[0] >= "\u2e80" else "mn" if key[0] >= "\u0400" else "en"


def _own_keys(place: Place) -> Iterable[str]:
    """Of every name that the code has had: whole, stem, English, pinyin of both, Mongolian."""
    keys: dict[str, None] = {}
    for name in reversed(place.names):
        forms = [name.zh, name.en, name.mn]
        if place.country == "CN":
            stem = parts(name.zh)[0]  # of one character, such as 沧, it would find too much
            forms += [stem if len(stem) > 1 else "", romanised(stem)]
            forms += ["".join(syllables(stem)), "".join(syllables(name.zh))]
        else:
            forms.append(name.zh.removesuffix("省"))
        keys |= dict.fromkeys(folded(f) for f in forms if f)
    return keys
