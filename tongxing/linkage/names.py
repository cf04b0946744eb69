"""Personal names: where the surname ends, how the name sounds, in which forms another desk may have written it."""

import re
import unicodedata
from functools import lru_cache
from itertools import product

from tongxing.linkage import pinyin, steppe, stock
from tongxing.linkage.lettered import chinese, latin, of_steppe, of_tibetan
from tongxing.linkage.reading import READINGS, Reading
from tongxing.linkage.scripts import DOTS, folded, folded_character, script_of, script_of_character
from tongxing.linkage.shapes import shape

AFFIXES = frozenset("小阿大老幺")  # before a character of the given name: 小禾, 阿华
ENDINGS = frozenset("儿子仔娃妹宝妞")  # after it: 禾儿
LONG = 12  # characters; longer texts in Han are no names and not looked into
_DOTTED = re.compile(f"[{re.escape(''.join(sorted(DOTS)))}]")


@lru_cache(maxsize=1 << 12)
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
        if folded(first) in pinyin.single_surnames() or folded(first) in pinyin.compound_surnames():
            return first, rest.replace(" ", "")
        name = name.replace(" ", "")
    length = _family_length("".join(map(folded_character, name)) if len(name) < LONG else name)
    return name[:length], name[length:]


def _family_length(plain: str) -> int:
    """How many characters of a folded Han name are the surname: 0, 1 or 2."""
    size = len(plain)
    if size > 2 and plain[:2] in pinyin.compound_surnames():
        return 2
    if size > 2 and stock.is_stock(plain):  # 巴特尔, 白玛卓玛: no surname, though it could begin one
        return 0
    if not size or (size == 2 and (plain[0] == plain[1] or _is_pet_name(plain))):
        return 0
    is_known = size <= 4 and plain[0] in pinyin.single_surnames()
    is_likely = size == 3 and plain[0] not in AFFIXES  # a rare surname: three characters have one nearly always
    return 1 if is_known or is_likely else 0


def _is_pet_name(plain: str) -> bool:
    """山娃, 禾儿; but 王娃 is a Wang."""
    return plain[1] in ENDINGS and plain[0] not in pinyin.surname_shares()


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


def sort_key(text: str, surname: str | None = None, said: str = "") -> str:
    """What lists are sorted by: pinyin with surname first, or Latin letters; the name itself breaks ties.

    `said`: how the family reads the name, where a worker has corrected the guess.
    """
    letters = unicodedata.normalize("NFD", (said or spoken(text, surname)).casefold())
    plain = "".join(c for c in letters if c.isascii())
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


@lru_cache(maxsize=1 << 12)
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
        return latin(text, kind, surname)[:READINGS]
    if script in ("cyrillic", "arabic"):
        return of_steppe(text, script)
    return of_tibetan(text) if script == "tibetan" else (Reading(script, folded(text)),)


def _han(text: str, surname: str | None) -> tuple[Reading, ...]:
    if not DOTS.isdisjoint(text) and surname is None:
        return (_dotted([folded(piece) for piece in _DOTTED.split(text) if folded(piece)]),)
    if surname is None and text.isalpha() and len(text) < LONG:
        written = "".join(map(folded_character, text))
        length = _family_length(written)
        family, given = written[:length], written[length:]
    else:
        family, given = split(text, surname)
        given, written = folded(given), folded(text)
    heads, tails = _heads(family), _alternatives(given)
    core, skeleton = _core_of(given), _transliterated(written, family, given) if len(written) > 1 else ""
    first, last = (shape(given[0]), shape(given[-1])) if given else ("", "")
    # The usual surname with the usual given name first, then one difference at a time.
    choices = [(heads[0], tails[0])]
    if len(heads) + len(tails) > 2:
        ranked = sorted(product(enumerate(heads), enumerate(tails)), key=lambda c: c[0][0] + c[1][0])
        choices = [(head, tail) for (_, head), (_, tail) in ranked[:READINGS]]
    seen = (first, last)
    return tuple([chinese(written, head, tail, core, skeleton, seen) for head, tail in choices])


@lru_cache(maxsize=1 << 12)
def _heads(family: str) -> tuple[str, ...]:
    return tuple(map(pinyin.toneless, pinyin.surname_readings(family))) or ("",) if family else ("",)


def _dotted(pieces: list[str]) -> Reading:
    """A name transliterated from Uyghur or Kazakh: given name, then the father's."""
    given, rest = pieces[0], pieces[1:]
    father = steppe.of_han(rest[0]) if rest else ""
    found = chinese("".join(pieces), "", _sounds(given))
    sound = found.sound + "".join(_sounds("".join(rest)))
    initial = "a" if father[:1] in ("i", "u") else father[:1]
    return found._replace(
        sound=sound, near=pinyin.near(sound), skeleton=steppe.of_han(given), initial=initial, father=father
    )


def _transliterated(written: str, family: str, given: str) -> str:
    """The skeleton of a Han name that is none of a Chinese: without a surname, of known elements, or a long given name."""
    if ((len(written) < 4 or not family) and stock.is_stock(written)) or (not family and len(given) > 2):
        return steppe.of_han(written)
    return steppe.of_han(given) if len(given) > 2 else ""


def _sounds(characters: str) -> list[str]:
    return [pinyin.sounds(c)[0] for c in characters]


def _alternatives(given: str) -> list[list[str]]:
    """The syllables of a given name, and again for each character that is also read otherwise in names."""
    all_sounds = list(map(pinyin.sounds, given))
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


def has_letters(text: str) -> bool:
    """Is there anything in `text` that could be a name? Digits and punctuation alone are none."""
    return any(script_of_character(c) or c.isalpha() for c in text)
