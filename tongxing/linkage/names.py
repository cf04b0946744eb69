"""Personal names: where the surname ends, how the name sounds, in which forms another desk may have written it."""

import re
import unicodedata
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from tongxing.linkage import pinyin, shapes, steppe
from tongxing.linkage.scripts import DOTS, folded, folded_character, script_of, script_of_character

AFFIXES = frozenset("小阿大老幺")  # before a character of the given name: 小禾, 阿华
ENDINGS = frozenset("儿子仔娃妹")  # after it: 禾儿
AFFIX_SOUNDS = frozenset(("xiao", "a", "lao"))
_DOTTED = re.compile(f"[{re.escape(''.join(sorted(DOTS)))}]")
READINGS = 4  # at most so many forms of one name are kept


class Reading(NamedTuple):
    """One way to read one name. Every part is folded and toneless; "" where the name has no such part.

    written       the whole name as written (Han simplified); "" for names typed in pinyin
    sound, near   the whole name in pinyin; the same with n/l, zh/z, -ng/-n joined
    given_first, given_last   first and last syllable of the given name; given_core: 小禾, 禾禾, 阿禾 -> he
    skeleton      given name in letters that Cyrillic, Latin and Uyghur writings share
    initial, father    of the father's name: its first letter, and its skeleton when it is more than a letter
    shape_first, shape_last    what the first and last character of a Han given name share with their look-alikes
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


@lru_cache(maxsize=1 << 15)
def split(text: str, surname: str | None = None) -> tuple[str, str]:
    """Surname and given name in the family's own characters. A guess unless `surname` (the family's answer) is given.

    Transliterated and steppe names have no surname: ("", whole). Mongolian: father's name or initial comes first.
    """
    name = " ".join(text.split())
    if surname is not None:
        return (surname, name.removeprefix(surname).strip()) if name.startswith(surname) else (surname, name)
    if script_of(name) == "cyrillic":
        father, _, given = re.sub(r"\.\s*", ". ", name).strip().rpartition(" ")
        return father, given
    if script_of(name) == "han" and DOTS.isdisjoint(name):
        return _split_han(name)
    return "", name


def _split_han(name: str) -> tuple[str, str]:
    if " " in name:
        first, _, rest = name.partition(" ")
        if folded(first) in pinyin.single_surnames() | pinyin.compound_surnames():
            return first, rest.replace(" ", "")
        name = name.replace(" ", "")
    plain = [folded_character(c) for c in name]
    if len(plain) > 2 and "".join(plain[:2]) in pinyin.compound_surnames():
        return name[:2], name[2:]
    is_nickname = len(plain) == 2 and plain[0] == plain[1]
    is_known = plain[0] in pinyin.single_surnames() and len(name) <= 4
    is_likely = len(plain) == 3 and plain[0] not in AFFIXES  # a rare surname: three characters have one nearly always
    if (is_known or is_likely) and not is_nickname:
        return name[:1], name[1:]
    return "", name


def spoken(text: str, surname: str | None = None) -> str:
    """The name in Latin letters for a reader of another script: 林小禾 -> "Lín Xiǎohé", Тэмүүлэн -> "Temüülen".

    Latin names come back as they are; characters without a known reading stay as they are.
    """
    if script_of(text) != "han":
        known = script_of(text) in ("cyrillic", "arabic")
        return " ".join(map(_capital, steppe.latin(text).split())) if known else text.strip()
    family, given = split(text, surname)
    if not family:
        pieces = _DOTTED.split(given)
        return " ".join(_capital(_joined(_toned(piece))) for piece in pieces if piece.strip())
    read = pinyin.surname_readings(family)
    return " ".join(_capital(part) for part in (read[0] if read else family, _joined(_toned(given))) if part)


def sort_key(text: str, surname: str | None = None) -> str:
    """What lists are sorted by: pinyin with surname first, or Latin letters; the name itself breaks ties."""
    plain = "".join(c for c in unicodedata.normalize("NFD", spoken(text, surname).casefold()) if c.isascii())
    return f"{plain} {text}"


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _toned(characters: str) -> list[str]:
    return [(pinyin.readings(c) or (c,))[0] for c in characters if not c.isspace()]


def _joined(syllables: list[str]) -> str:
    """Xi'an: an apostrophe where a later syllable begins with a vowel."""
    done = ""
    for syllable in syllables:
        if done and pinyin.toneless(syllable)[:1] in ("a", "e", "o"):
            done += "'"
        done += syllable
    return done


@lru_cache(maxsize=1 << 15)
def readings(text: str, kind: str = "", surname: str | None = None) -> tuple[Reading, ...]:
    """All ways to read a name, the usual first, at most four; () for a name without letters. Never raises.

    kind: "pinyin" when it is known to be pinyin; anything else is decided by script.
    """
    script = script_of(text)
    if script == "han":
        return _han(text, surname)
    if not folded(text):
        return ()
    if script == "latin":
        return (_latin(text, kind, surname),)
    if script in ("cyrillic", "arabic"):
        return (_steppe(text, script),)
    return (Reading(script, folded(text)),)


def _han(text: str, surname: str | None) -> tuple[Reading, ...]:
    if not DOTS.isdisjoint(text) and surname is None:
        pieces = [folded(piece) for piece in _DOTTED.split(text) if folded(piece)]
        return (_chinese(folded(text), "", _sounds(pieces[0]), extra=_sounds("".join(pieces[1:]))),)
    family, given = split(text, surname)
    given = folded(given)
    heads = tuple(map(pinyin.toneless, pinyin.surname_readings(family))) if family else ("",)
    tails = _alternatives(given)
    core = _core_of(given)
    written = folded(text)
    if len(heads) == len(tails) == 1:
        return (_shaped(_chinese(written, heads[0], tails[0], core=core), given),)
    # The usual surname with the usual given name first, then one difference at a time.
    choices = sorted(product(enumerate(heads or ("",)), enumerate(tails)), key=lambda c: c[0][0] + c[1][0])
    choices = choices[:READINGS]
    return tuple(_shaped(_chinese(written, head, tail, core=core), given) for (_, head), (_, tail) in choices)


def _sounds(characters: str) -> list[str]:
    return [pinyin.sounds(c)[0] for c in characters]


def _alternatives(given: str) -> list[list[str]]:
    """The syllables of a given name, and again for each character that is also read otherwise in names."""
    all_sounds = [pinyin.sounds(c) for c in given]
    usual = [sounds[0] for sounds in all_sounds]
    found = [usual]
    for place, sounds in enumerate(all_sounds):
        found += [[*usual[:place], other, *usual[place + 1 :]] for other in sounds[1:]]
    return found


def _core_of(given: str) -> str:
    """The character that a nickname is built on, as sound: 小禾, 禾禾, 禾儿 -> he; "" for other names."""
    if len(given) != 2:
        return ""
    first, last = given[0], given[1]
    core = last if first in AFFIXES or first == last else first if last in ENDINGS else ""
    return "".join(_sounds(core))


def _chinese(
    written: str, surname: str, given: list[str], *, core: str = "", extra: list[str] | None = None, script: str = "han"
) -> Reading:
    given_sound = "".join(given)
    sound = "".join([surname, given_sound, *(extra or ())])
    first, last = (given[0], given[-1]) if given else ("", "")
    return Reading(script, written, sound, pinyin.near(sound), surname, given_sound, first, last, core)


def _shaped(reading: Reading, given: str) -> Reading:
    if not given:
        return reading
    return reading._replace(shape_first=shapes.shape(given[0]), shape_last=shapes.shape(given[-1]))


def _latin(text: str, kind: str, surname: str | None) -> Reading:
    """Letters that may be pinyin, a Mongolian name, or neither: the reading carries what they could be."""
    words = [word for word in re.split(r"[\s.,·]+", text) if folded(word)]
    found = _pinyin(words, surname)
    steppe_reading = _steppe(" ".join(words), "latin")
    if found is None:
        return steppe_reading
    if kind == "pinyin" or (len(words) > 1 and found.surname_sound):
        return found
    return _merged(found, steppe_reading)


def _merged(chinese: Reading, other: Reading) -> Reading:
    return chinese._replace(skeleton=other.skeleton, initial=other.initial, father=other.father)


def _pinyin(words: list[str], surname: str | None) -> Reading | None:
    """lin xiaohe, linxiaohe, Lín Xiǎohé, LIN Xiaohe, Xiaohe LIN; None when the letters are no pinyin."""
    letters = [pinyin.toneless(word) for word in words]
    cut = [pinyin.segmented(word) for word in letters]
    if not all(cut) or sum(len(c or ()) for c in cut) > 6:
        return None
    if surname:
        family = pinyin.toneless(spoken(surname, surname))
        rest = pinyin.segmented("".join(letters).removeprefix(family)) or ()
    else:
        family, rest = _pinyin_surname(letters, [c for c in cut if c])
    core = _core_of_sounds(rest)
    return _chinese("", family, list(rest), core=core, script="latin")


def _pinyin_surname(letters: list[str], cut: list[tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
    all_syllables = tuple(s for c in cut for s in c)
    known = pinyin.surname_sounds() | pinyin.compound_sounds()
    if len(letters) > 1 and letters[0] in known:
        return letters[0], all_syllables[len(cut[0]) :]
    if len(letters) == 2 and letters[1] in known and len(cut[0]) > 1:
        return letters[1], cut[0]
    if len(all_syllables) > 2 and "".join(all_syllables[:2]) in pinyin.compound_sounds():
        return "".join(all_syllables[:2]), all_syllables[2:]
    is_nickname = len(all_syllables) == 2 and len(set(all_syllables)) == 1
    if all_syllables[0] in pinyin.surname_sounds() and len(all_syllables) > 1 and not is_nickname:
        return all_syllables[0], all_syllables[1:]
    return "", all_syllables


def _core_of_sounds(given: tuple[str, ...]) -> str:
    if len(given) != 2:
        return ""
    return given[1] if given[0] in AFFIX_SOUNDS or given[0] == given[1] else ""


def _steppe(text: str, script: str) -> Reading:
    """Father's name or initial before the given name; a hyphen joins a given name (Бат-Эрдэнэ)."""
    plain = text.translate(steppe.LOOK_ALIKES) if script == "cyrillic" else text
    spaced = re.sub(r"\.\s*", ". ", plain)
    words = [word for word in re.split(r"[\s,·]+", spaced) if steppe.skeleton(word)]
    if not words:
        return Reading(script, folded(plain))
    # In Arabic letters the given name comes first, the father's after it.
    given, father = (words[0], words[1:]) if script == "arabic" else (words[-1], words[:-1])
    parent = steppe.skeleton(father[0]) if father else ""
    full = parent if len(parent) > 2 else ""
    return Reading(script, folded(plain), skeleton=steppe.skeleton(given), initial=parent[:1], father=full)


def has_letters(text: str) -> bool:
    """Is there anything in `text` that could be a name? Digits and punctuation alone are none."""
    return any(script_of_character(c) or c.isalpha() for c in text)
