"""Counties of China by code (GB/T 2260) and time: which code was in force when, and what an abolished one became.

Read from python-stdnum's table, which gives years but no successors: those are found by name and year, or listed here.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class County(NamedTuple):
    """A county under one code; years 0 and 9999 where the table gives none. `stem`: the name without county, district."""

    code: str
    name: str
    first: int
    last: int
    stem: str


_KIND = re.compile(r"(?:自治)?[县市区旗]$|(?:林|特|新|矿)区$")


# Merged into a neighbour of another name, so that no rule finds them.
_MERGED = {
    "110103": "110101", "110104": "110102", "310103": "310101", "310108": "310106", "310119": "310115",
    "310225": "310115", "310230": "310151", "120107": "120116", "120108": "120116", "120109": "120116",
    "320103": "320104", "320107": "320106", "320502": "320508", "320503": "320508", "320504": "320508",
    "320584": "320509", "330103": "330105", "330104": "330102", "330206": "330206", "340202": "340207",
    "350204": "350203", "370205": "370203", "370211": "370211", "410211": "410212", "440102": "440104",
    "440107": "440103", "440116": "440112", "441901": "441900", "500111": "500111", "510122": "510116",
    "130102": "130102", "130103": "130102", "130602": "130606", "130603": "130606", "130604": "130606",
}  # fmt: skip


@cache
def _counties() -> dict[str, tuple[County, ...]]:
    found: dict[str, list[County]] = {}
    for county in _lines():
        found.setdefault(county.code, []).append(county)
    return {code: tuple(each) for code, each in found.items()}


def _lines() -> Iterator[County]:
    province = ""
    for line in files("stdnum.cn").joinpath("loc.dat").read_text(encoding="utf-8").splitlines():
        if re.match(r"\d\d ", line):
            province = line[:2]
        elif said := re.match(r'\s+(\d{4}) county="(.*)"', line):
            for part in said[2].split(","):
                years = re.match(r"\[(\d*)-(\d*)\](.*)", part)
                first, last, name = years.groups() if years else ("", "", part)
                stem = _KIND.sub("", name) or name
                yield County(province + said[1], name, int(first or 0), int(last or 9999), stem)


def is_county(code: str, year: int) -> bool:
    """Was this the code of a county in that year?"""
    return any(county.first <= year <= county.last for county in _counties().get(code, ()))


@cache
def successors() -> dict[str, str]:
    """Abolished codes and the code of today; codes whose successor is not known are left out."""
    living = {code for code, each in _counties().items() if any(county.last == 9999 for county in each)}
    begun: dict[tuple[str, str], list[County]] = {}
    for each in _counties().values():
        for county in each:
            begun.setdefault((county.code[:2], county.stem[:1]), []).append(county)
    direct = {}
    for code, each in _counties().items():
        ended = max(each, key=lambda county: county.last)
        if code not in living:
            near = [c for c in begun[code[:2], ended.stem[:1]] if c.code != code and _continues(ended, c)]
            if near:
                direct[code] = max(near, key=lambda c: _likeness(ended, c)).code
    direct |= {code: after for code, after in _MERGED.items() if code not in living}
    return {code: last for code in direct if (last := _followed(code, direct)) in living}


def _continues(old: County, new: County) -> bool:
    """The same name, a year about that of the change, and not an end before it."""
    is_named_so = new.stem == old.stem or _is_renamed(old, new)
    is_in_time = new.last > old.last and abs(new.first - old.last) <= 1
    return is_named_so and is_in_time and (not new.code.endswith("00") or old.code.endswith("00"))


def _is_renamed(old: County, new: County) -> bool:
    """通县 -> 通州区: a name of one character was made longer."""
    return len(old.stem) == 1 and len(new.stem) == 2


def _likeness(old: County, new: County) -> tuple[bool, bool, int]:
    return new.stem == old.stem, new.code[:4] == old.code[:4], new.last


def _followed(code: str, direct: dict[str, str]) -> str:
    for _step in range(6):
        if code not in direct:
            break
        code = direct[code]
    return code


def county_today(code: str) -> str:
    """The code of the county that an abolished code became; other codes as they are."""
    return successors().get(code, code)
