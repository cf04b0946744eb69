"""One way to read one name: the parts that names are compared by."""

from typing import NamedTuple

READINGS = 4  # at most so many forms of one name are kept


class Reading(NamedTuple):
    """Every part is folded and toneless; "" where the name has no such part.

    written       the whole name as written (Han simplified); "" for names typed in pinyin
    sound, near   the whole name in pinyin; the same with n/l, zh/z, -ng/-n joined
    given_first, given_last   first and last syllable of the given name; given_core: 小禾, 禾禾, 阿禾 -> he
    skeleton      given name in letters that Cyrillic, Latin, Uyghur, Tibetan and transliterations in Han share
    initial, father    of the father's name: its first letter, and its skeleton when it is more than a letter
    shape_first, shape_last    class of look-alikes of the first and last character of a Han given name
    """

    script: str = ""
    written: str = ""
    sound: str = ""
    near: str = ""
    surname_sound: str = ""
    given_sound: str = ""
    given_first: str = ""
    given_last: str = ""
    given_core: str = ""
    skeleton: str = ""
    initial: str = ""
    father: str = ""
    shape_first: str = ""
    shape_last: str = ""
