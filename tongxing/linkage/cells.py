"""Cells of lists: several values in one, remarks in brackets, words that mean "none"."""

import re
from functools import lru_cache

_BETWEEN = re.compile(r"[;；、/|\n]|,(?=\s*\d)")
_BRACKETS = re.compile(r"[(（\[【](.*?)[)）\]】]")
_NONE = frozenset(
    "无 不详 未知 不知 不明 暂无 没有 無 none null nil unknown n/a nan - -- — ? ？ x xx xxx test үгүй байхгүй".split()
)
# Words of kinship before or behind a guardian's name, and words before another name of a child.
_KIN = "父亲 母亲 爸爸 妈妈 爷爷 奶奶 外公 外婆 姥爷 姥姥 祖父 祖母 外祖父 外祖母 监护人 父 母 爸 妈 叔叔 姑姑 舅舅 姨 哥哥 姐姐".split()
_NAMED = "曾用名 又名 小名 乳名 别名 原名 昵称 学名".split()
_WORDS = re.compile(rf"^(?:{'|'.join([*_KIN, *_NAMED])})\s*[:：]\s*|^(?:{'|'.join(_NAMED)})")
_IS_WORD = re.compile(rf"^(?:{'|'.join(_KIN)}|father|mother|grandfather|grandmother|эцэг|эх|өвөө|эмээ)$", re.IGNORECASE)


def parts(text: str) -> list[str]:
    """The values of a cell, without words that mean none."""
    if text.isalnum() and text.casefold() not in _NONE:
        return [text]
    return [part for each in _BETWEEN.split(text) if (part := each.strip()) and part.casefold() not in _NONE]


@lru_cache(maxsize=1 << 14)
def _several(text: str) -> tuple[str, ...]:
    inside = [part for said in _BRACKETS.findall(text) for part in parts(said)]
    found = [_WORDS.sub("", part).strip() for part in [*parts(_BRACKETS.sub(" ", text)), *inside]]
    return tuple(part for part in found if part and not _IS_WORD.match(part))


def given_names(text: str) -> tuple[str, ...]:
    """The names of a cell: 林小禾（小名禾禾） -> 林小禾, 禾禾; 父：林建 -> 林建; 林建(父亲) -> 林建."""
    if text.isalpha() and text not in _NONE:
        return (text,)
    return _several(text)
