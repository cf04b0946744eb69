"""Names of the steppe: Mongolian, Uyghur and Kazakh, in Cyrillic, Arabic and Latin letters or transliterated in Han.

A skeleton is what those writings share: consonants, with sounds joined that scripts and clerks do not tell apart, and
the vowels only of short names. It is for finding, never for showing.
"""

import re
import unicodedata
from functools import lru_cache

from tongxing.linkage import pinyin, stock

# MNS 5217 with the vowels told apart, for showing.
_LATIN = dict(
    zip(
        "абвгдеёжзийклмноөпрстуүфхцчшщъыьэюя",
        ("a b v g d ye yo j z i i k l m n o ö p r s t u ü f kh ts ch sh sh # y # e yu ya").split(),
        strict=True,
    )
) | {"ї": "ü", "є": "ö", "ө": "ö", "қ": "q", "ғ": "gh", "ң": "ng", "һ": "h", "ә": "e", "ұ": "u", "і": "i", "җ": "j"}
# Latin letters that look like Cyrillic ones; typed on the wrong keyboard inside a Cyrillic name.
LOOK_ALIKES = str.maketrans("ABEKMHOPCTXYVaeopcxykmv", "АВЕКМНОРСТХҮҮаеорсхүкмү")
_UYGHUR = dict(
    zip(
        "ئاەبپتجچخدرزژسشغفقكگڭلمنھوۇۆۈۋېىي",
        "' a e b p t j ch x d r z j s sh gh f q k g n l m n h o u ö ü w e i y".split(),
        strict=True,
    )
) | {"ه": "h", "ى": "i", "ۅ": "ö", "ۉ": "ü", "ك": "k", "ع": "'", "ح": "h", "ص": "s", "ط": "t", "ة": "e"}
_FOLDS = (
    ("kh", "h"), ("gh", "g"), ("zh", "j"), ("dj", "j"), ("dz", "z"), ("tch", "c"), ("ts", "c"), ("tz", "c"), ("ch", "c"),
    ("sh", "s"), ("x", "h"), ("q", "k"), ("k", "g"), ("j", "z"), ("w", "v"), ("f", "p"),
)  # fmt: skip
SHORT = 3  # a skeleton of fewer letters keeps its vowels: Bat is not Bot
_GENITIVE = re.compile(r"(?<=..)(?:(?<=[аэоөуүя])гийн|ийн|ын|ний|ны|(?<=[aeou])giin|iin|iyn|ijn|yn|nii|niy)$")


@lru_cache(maxsize=1 << 14)
def latin(text: str) -> str:
    """A Cyrillic or Uyghur word in Latin letters, lower case; other characters pass unchanged. Soft signs fall away."""
    words = unicodedata.normalize("NFC", text.translate(LOOK_ALIKES) if _has_cyrillic(text) else text).casefold()
    return "".join(_LATIN.get(c) or _UYGHUR.get(c) or c for c in words).replace("#", "").replace("'", "")


def _has_cyrillic(text: str) -> bool:
    return any("\u0400" <= c <= "\u052f" for c in text)


@lru_cache(maxsize=1 << 16)
def skeleton(word: str) -> str:
    """The letters a-z that all writings of a Mongolian, Uyghur or Kazakh word share; "" for a word of other letters."""
    now = _folded(latin(word))
    # Of vowels side by side the first counts, in three classes.
    now = re.sub(r"([aeiou])[aeiou]+", r"\1", now.replace("y", "i")).translate(_VOWELS).replace("Y", "y")
    bare = ("a" if now[:1] in _OPEN else "") + "".join(c for c in now if c not in _OPEN)
    return bare if len(bare) >= SHORT else now


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFD", word)
    now = "".join(c for c in plain if "a" <= c <= "z")
    for old, new in _FOLDS:
        now = now.replace(old, new)
    now = re.sub(r"([a-z])\1+", r"\1", now)
    now = re.sub(r"^ye", "e", now)
    return re.sub(r"(?<=[aeiou])[iy](?=[aeou])|^y(?=[aou])", "Y", now)


_VOWELS = str.maketrans("eo", "au")
_OPEN = ("a", "i", "u")


def nominative(word: str) -> str:
    """A father's name without the ending of its genitive: Батын -> Бат, Dorjiin -> Dorj."""
    return _GENITIVE.sub("", word.casefold())


def is_genitive(word: str) -> bool:
    """Does a word end as a father's name does before the name of his child?"""
    return len(word) > 4 and bool(_GENITIVE.search(word.casefold()))


@lru_cache(maxsize=1 << 14)
def of_han(text: str) -> str:
    """The skeleton of a name transliterated in (simplified) Han: 买买提 -> that of Memet, 巴特尔 -> that of Baatar."""
    return skeleton("".join(said or of_syllable(pinyin.sounds(c)[0]) for c, said in stock.han_parts(text)))


def of_syllables(syllables: tuple[str, ...]) -> str:
    """A transliteration typed in pinyin, spelt by sound: tuersun -> tursun."""
    return "".join(said or of_syllable(part) for part, said in stock.spoken_parts(syllables))


def of_syllable(syllable: str) -> str:
    """A syllable of pinyin as a sound of the steppe: qi -> ci, xia -> sa, er -> r, yi -> i."""
    if syllable == "er":
        return "r"
    now = _SYLLABLES.get(syllable, syllable).removesuffix("g") if syllable.endswith("ng") else syllable
    now = _SYLLABLES.get(now, now)
    return now.replace("zh", "z").replace("q", "c").replace("x", "s")


_SYLLABLES = {"yi": "i", "wu": "u", "ye": "e", "yin": "in", "yan": "yan"}
