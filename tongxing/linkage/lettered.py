"""Names in letters: pinyin typed by hand, Mongolian, Uyghur and Kazakh names, Tibetan ones, in any order of their parts."""

import re
from collections.abc import Sequence
from functools import lru_cache

from tongxing.linkage import pinyin, steppe, stock
from tongxing.linkage.reading import Reading
from tongxing.linkage.scripts import folded

AFFIX_SOUNDS = frozenset(("xiao", "a", "lao"))
LONGEST = 12  # syllables of a name in pinyin, transliterations included
_INITIALS = frozenset("ch sh ts tz kh zh dz ya yu yo ye ц ч ш х ж".split())


def chinese(
    written: str, surname: str, given: Sequence[str], *, core: str = "", extra: Sequence[str] = (), script: str = "han",
    skeleton: str = "", shapes: tuple[str, str] = ("", ""),
) -> Reading:  # fmt: skip
    """The reading of a name whose parts are known by sound; `extra` sounds after the given name."""
    given_sound = "".join(given)
    sound = surname + given_sound + "".join(extra)
    first, last = (given[0], given[-1]) if given else ("", "")
    near = pinyin.near(sound)
    return Reading(
        script, written, sound, near, surname, given_sound, first, last, core, skeleton, "", "", shapes[0], shapes[1]
    )


def latin(text: str, kind: str, surname: str | None) -> tuple[Reading, ...]:
    """Letters that may be pinyin, a Mongolian, Uyghur or Tibetan name, or neither: readings carry what they could be."""
    words = [word for word in re.split(r"[\s.,·]+", text) if folded(word)]
    heard = _pinyin(words, surname)
    ends = {_umlaut(pinyin.toneless(words[0])), _umlaut(pinyin.toneless(words[-1]))}
    is_certain = len(words) > 1 and bool(ends & pinyin.surname_sounds() or ends & pinyin.compound_sounds())
    if heard and (kind == "pinyin" or surname or is_certain):
        return heard
    others = _tibetan(words) or of_steppe(_respelt(words) if heard else text, "latin")
    if not heard:
        return others
    merged = heard[0]._replace(skeleton=others[0].skeleton, initial=others[0].initial, father=others[0].father)
    return (merged, *heard[1:], *others[1:])


def _respelt(words: list[str]) -> str:
    """A transliteration in pinyin spelt by sound: Ayixiamu -> Aisamu, Bateer -> Bater; short words as they are."""
    cut = [(word, _syllables(pinyin.toneless(word))) for word in words]
    return " ".join("".join(map(steppe.of_syllable, c)) if len(c) > 2 else word for word, c in cut)


def _tibetan(words: list[str]) -> tuple[Reading, ...]:
    letters = "".join(map(pinyin.toneless, words))
    said = stock.of_latin(letters) if len(letters) <= 6 * LONGEST else ""
    return (Reading("latin", folded(" ".join(words)), skeleton=steppe.skeleton(said)),) if len(said) > 3 else ()


def of_tibetan(text: str) -> tuple[Reading, ...]:
    """A name in Tibetan script."""
    return (Reading("tibetan", folded(text), skeleton=steppe.skeleton(stock.of_tibetan(text))),)


# --- pinyin ---------------------------------------------------------------------------------------------------------


def _pinyin(words: list[str], surname: str | None) -> tuple[Reading, ...]:
    """lin xiaohe, linxiaohe, Lín Xiǎohé, LIN Xiaohe, Xiaohe LIN, LYU; () when the letters are no pinyin."""
    letters = [_umlaut(pinyin.toneless(word)) for word in words]
    if sum(map(len, letters)) > 6 * LONGEST:
        return ()
    cut = [_syllables(word) for word in letters]
    if not all(cut) or sum(map(len, cut)) > LONGEST:
        return ()
    if surname:
        family = pinyin.toneless((pinyin.surname_readings(surname) or (surname,))[0])
        found = [(family, _syllables("".join(letters).removeprefix(family)))]
    else:
        found = _parts(letters, cut)
    return tuple(chinese("", family, given, core=_core(given), script="latin") for family, given in found)


def _umlaut(letters: str) -> str:
    """Passports write LYU and NYU, old forms lue: all are v of the keyboard."""
    return re.sub(r"^([ln])(?:yu|u:)(?=$|[^a-z])|^([ln])yu(?=[b-df-hj-np-tv-z]|$)", r"\1\2v", letters)


@lru_cache(maxsize=1 << 14)
def _syllables(letters: str) -> tuple[str, ...]:
    """The likeliest cut into syllables: lina is li na, not lin a; () when there is none."""
    shares = pinyin.syllable_shares()
    cuts = pinyin.segmentations(letters)
    return max(cuts, key=lambda cut: (-len(cut), sum(shares.get(s, 0.2) for s in cut)), default=())


def _parts(letters: list[str], cut: list[tuple[str, ...]]) -> list[tuple[str, tuple[str, ...]]]:
    """(surname, given syllables) as they may be meant, the usual first: the surname may be written last."""
    known = pinyin.surname_sounds() | pinyin.compound_sounds()
    syllables = tuple(s for c in cut for s in c)
    found = []
    if len(letters) > 1 and letters[0] in known:
        found.append((letters[0], syllables[len(cut[0]) :]))
    if len(letters) > 1 and letters[-1] in known:
        found.append((letters[-1], syllables[: len(syllables) - len(cut[-1])]))
        if len(found) > 1 and len(cut[0]) > len(cut[-1]):  # XIAOHE LIN, where xiaohe happens to be a surname
            found.reverse()
    return found or [_joined_parts("".join(letters), syllables)]


def _joined_parts(letters: str, syllables: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Surname and given name of one word: linxiaohe, ouyangxiaohua; no surname for naran, hehe."""
    if len(syllables) > 2 and "".join(syllables[:2]) in pinyin.compound_sounds():
        return "".join(syllables[:2]), syllables[2:]
    is_nickname = len(syllables) == 2 and len(set(syllables)) == 1
    if len(syllables) in (2, 3) and syllables[0] in pinyin.surname_sounds() and not is_nickname:
        return syllables[0], syllables[1:]
    return "", syllables


def _core(given: tuple[str, ...]) -> str:
    if len(given) != 2:
        return ""
    return given[1] if given[0] in AFFIX_SOUNDS or given[0] == given[1] else ""


# --- names of the steppe --------------------------------------------------------------------------------------------


def of_steppe(text: str, script: str) -> tuple[Reading, ...]:
    """Father's name or initial before or after the given name; a hyphen joins a given name (Бат-Эрдэнэ).

    Two full names without the ending of a genitive are read in both orders, the script's own first.
    """
    plain = text.translate(steppe.LOOK_ALIKES) if script == "cyrillic" else text
    spaced = re.sub(r"\s*-\s*", "-", re.sub(r"\.\s*", ". ", plain))
    words = [word for word in re.split(r"[\s,·]+", spaced) if steppe.skeleton(word)]
    written = folded(plain)
    if not words:
        return (Reading(script, written),)
    return tuple(_of_parts(script, written, given, father) for given, father in _orders(words, script))


def _orders(words: list[str], script: str) -> list[tuple[str, str]]:
    """(given name, father's name) as they may be meant."""
    if len(words) == 1:
        return [(words[0], "")]
    father = next((w for w in words if _is_initial(w)), None) or next(filter(steppe.is_genitive, words), None)
    others = [word for word in words if word is not father]
    if father is not None and others:
        return [(others[-1] if words[-1] is not father else others[0], father)]
    forward, backward = (words[-1], words[0]), (words[0], words[-1])
    return [backward, forward] if script == "arabic" else [forward, backward]


def _is_initial(word: str) -> bool:
    plain = word.rstrip(".").casefold()
    return len(plain) == 1 or plain in _INITIALS or (word.endswith(".") and len(plain) < 4)


def _of_parts(script: str, written: str, given: str, father: str) -> Reading:
    parent = steppe.skeleton(steppe.nominative(father)) if father else ""
    initial = "a" if parent[:1] in ("i", "u") else parent[:1]
    full = "" if not father or _is_initial(father) else parent
    return Reading(script, written, skeleton=steppe.skeleton(given), initial=initial, father=full)
