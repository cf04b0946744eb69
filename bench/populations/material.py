"""What names, places and numbers are made of: surnames by their shares, characters of given names, counties.

Characters of given names are written down here by rough frequency; nothing is copied from a register. Homophones
come from readings of characters (pypinyin).
"""

import re
from functools import cache
from importlib.resources import files

import numpy as np
from pypinyin import pinyin_dict

from tongxing.linkage import pinyin

GIRLS = (
    "婷欣怡雨梓涵诗琪佳敏静丽雪芳燕玲娟萍红霞娜慧洁蕾颖倩莹晴悦月美玉兰秀英珍凤梅桂琴云艳琳瑶萱馨妍妮可蓉薇菲媛思语"
    "晓小春秋心宁清若依乐禾苗竹青荷露冰珊彤盈岚曼舒安然紫君文子宇嘉佩淑芝翠素莲霜菊柔念夏初朵果甜糖茹茜晗璇娇芬花"
    "香莉爱华金巧银仙惠秋玥珠环娥贞叶碧卉芸苑菁蓓蕊黛绮绣纯纤妙娅姗姝婉娴婕嫣嫦昕映晨曦朝霓虹霖沁沐洋涓淇溪漫潇澜"
    "漪滢灵焕煜璐瑾琼瑛琬瑜瑗璟珂玫珑珈羽翎翔荣菡萌葵蔓蕙薏懿恬悠惜慈忆怜情意愿许诺言诚信知识书画墨韵音歌笛筝真善"
    "平和圆满喜庆欢笑盼希望盛伊以亦卓卿友双同向含咏品唯园坤培多奕好如妤妹姣姿娆婧宛宜宣家容宝宸小少尔尧巾希平幼庭弦"
)
BOYS = (
    "浩宇轩博文俊杰明伟强磊军勇涛鹏飞超辉刚健平波亮峰龙斌海林志国建华永成家豪子涵梓睿天佑阳晨旭东晓小鑫森淼泽毅哲凯"
    "瑞祥福贵旺根生土木石山川江河北南西春光耀宗祖德义仁信礼智诚恒远航翔宏达兴业昌盛嘉一诺然皓铭钧锋钢铁柱牛虎豹麟禹尧"
    "金玉清新正中立有才学忠良友安定世界民主权威振雄大力万里长青松柏树桂荣发财来喜庆云雷雨雪冰洋洪涌润泉源溪沛沐洲津"
    "渊源澄潇瀚炎炜炳焕煜烨照熙燃灿琦琪琛璋璞珂瑜瑾璟坤城培基境增均坚垒岩岳峻崇岭巍峥嵘川帆帅帝师康庆廷延弘彦彬影征"
    "律徐得心必忆忱怀思恩悦惟惠愚慎慕懿成战扬承技抒拓振捷掌敬敏效教方旋日时昆昊昕昱显晋晟景智暄曙书朗期本权材村杨栋"
    "桐楠楷槐正武殿毓水求汉汝池沙沧泓泰洁济浦添渝湘满漠潮理甲申电男略白皇益盈真知硕碧示社祯祺禄秉秋科程稳穆空立竞端"
)
SURNAME_TAIL = 0.12  # per cent of each surname without a published share; compound ones a tenth of it
FLATNESS = 25  # of the ranks of characters
# Rounded weights of the provinces that people left in the 2020 census.
PROVINCES = {"13": 10, "41": 16, "34": 13, "51": 12, "52": 9, "45": 8, "43": 9, "36": 7, "42": 8, "50": 4, "61": 4,
             "37": 5, "62": 3, "23": 4, "15": 3, "53": 4, "44": 5, "21": 2, "22": 2, "14": 3, "32": 4, "33": 3,
             "35": 2, "46": 1, "63": 0.5, "64": 1, "65": 1, "54": 0.3}  # fmt: skip
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])  # GB 11643
CHECKS = np.array(list("10X98765432"))


@cache
def common() -> str:
    """The 3,755 characters of level 1 of GB 2312: what any keyboard offers first."""
    rows = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return "".join(pair.decode("gb2312", "ignore") for pair in rows)


@cache
def characters() -> tuple[str, ...]:
    """Those of given names first, then the rest of `common`. Numbers of characters are places in this."""
    return tuple(dict.fromkeys(GIRLS + BOYS + common()))


@cache
def given_weights(sex: str) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of characters that a given name of this sex is drawn from, and their rising shares up to 1."""
    place = {character: number for number, character in enumerate(characters())}
    ranked = np.array([place[c] for c in dict.fromkeys(GIRLS if sex == "female" else BOYS)])
    shares = 1 / (np.arange(len(ranked)) + FLATNESS)
    rest = np.setdiff1d(np.arange(len(set(GIRLS + BOYS))), ranked)
    drawn = np.concatenate([ranked, rest])
    weights = np.concatenate([shares, np.full(len(rest), shares[-1] / 8)])
    return drawn, np.cumsum(weights / weights.sum())


@cache
def toneless(character: str) -> str:
    known = pinyin_dict.pinyin_dict.get(ord(character), "") if len(character) == 1 else ""
    return pinyin.toneless(known.split(",")[0])


class Alike:
    """For each of many things the others that share something with it; itself when there is none."""

    def __init__(self, shared: list[str]) -> None:
        groups: dict[str, list[int]] = {}
        for number, what in enumerate(shared):
            groups.setdefault(what, []).append(number)
        others = [[n for n in groups[what] if n != number] or [number] for number, what in enumerate(shared)]
        self.counts = np.array([len(each) for each in others])
        self.starts = np.cumsum(self.counts) - self.counts
        self.flat = np.array([n for each in others for n in each])

    def drawn(self, dice: np.random.Generator, of: np.ndarray) -> np.ndarray:
        """One of those like each of `of`."""
        return self.flat[self.starts[of] + (dice.random(len(of)) * self.counts[of]).astype(int)]


@cache
def homophones() -> Alike:
    """Characters of one sound, whatever the tone."""
    return Alike([toneless(c) for c in characters()])


@cache
def surnames() -> tuple[tuple[str, ...], np.ndarray]:
    """Surnames and their rising shares up to 1."""
    shares = pinyin.surname_shares()
    singles = sorted(pinyin.single_surnames() - set(shares))
    compounds = sorted(pinyin.compound_surnames())
    table = shares | dict.fromkeys(singles, SURNAME_TAIL / 5) | dict.fromkeys(compounds, SURNAME_TAIL / 20)
    weights = np.array(list(table.values()))
    return tuple(table), np.cumsum(weights / weights.sum())


@cache
def surname_homophones() -> Alike:
    return Alike([pinyin.toneless(pinyin.surname_readings(s)[0]) for s in surnames()[0]])


@cache
def counties() -> tuple[tuple[str, ...], np.ndarray]:
    """County codes of today (python-stdnum's table) and their rising shares up to 1."""
    found: dict[str, float] = {}
    province = ""
    for line in files("stdnum.cn").joinpath("loc.dat").read_text(encoding="utf-8").splitlines():
        code, _, rest = line.strip().partition(" ")
        if line[:1].isdigit():
            province = code
        elif re.search(r"\[19(8|90)\d*-\]", rest) and code[2:] not in ("00", "01"):
            found[province + code] = PROVINCES.get(province, 0.2)
    by_province: dict[str, int] = {}
    for code in found:
        by_province[code[:2]] = by_province.get(code[:2], 0) + 1
    # A few counties of each province send many, most send few.
    weights = np.array([share / by_province[code[:2]] for code, share in found.items()])
    weights *= np.random.default_rng(1).pareto(1.2, len(weights)) + 0.2
    return tuple(found), np.cumsum(weights / weights.sum())


def drawn(dice: np.random.Generator, shares: np.ndarray, count: int) -> np.ndarray:
    """Places drawn by rising shares."""
    return np.searchsorted(shares, dice.random(count), side="right").clip(0, len(shares) - 1)


def resident_numbers(county: np.ndarray, born: np.ndarray, is_male: np.ndarray) -> np.ndarray:
    """18 characters with a right check digit; serials from 900, odd for men, unlike for those born together.

    county: six digits as text; born: datetime64[D].
    """
    order = np.lexsort((is_male, born, county))
    same = np.ones(len(county), bool)
    for column in (county, born, is_male):
        ranked = column[order]
        same[1:] &= ranked[1:] == ranked[:-1]
    same[:1] = False
    place = np.arange(len(county))
    nth = np.empty(len(county), int)
    nth[order] = place - np.maximum.accumulate(np.where(same, 0, place))
    serial = 900 + 2 * (nth % 50) + is_male
    dates = np.char.replace(np.datetime_as_string(born), "-", "")
    body = np.char.add(np.char.add(county.astype("U6"), dates), serial.astype("U3"))
    digits = body.view("U1").reshape(-1, 17).astype(int) if len(body) else np.zeros((0, 17), int)
    return np.char.add(body, CHECKS[digits @ WEIGHTS % 11])


def slipped(dice: np.random.Generator, numbers: np.ndarray) -> np.ndarray:
    """Each number with one of the digits 7 to 17 wrong."""
    letters = numbers.astype("U18").view("U1").reshape(-1, 18).copy()
    row, place = np.arange(len(numbers)), dice.integers(6, 17, len(numbers))
    was = letters[row, place].astype(int)
    letters[row, place] = ((was + dice.integers(1, 10, len(numbers))) % 10).astype("U1")
    return np.ascontiguousarray(letters).view("U18").ravel()


def telephones(numbers: np.ndarray) -> np.ndarray:
    """000 and eight digits."""
    return np.char.add("000", np.char.zfill(numbers.astype("U8"), 8))
