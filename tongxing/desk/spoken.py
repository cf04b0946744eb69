"""How a name in characters is said: a reading aid beside the name, never stored and never compared."""

from tongxing.linkage import pinyin


def joined(syllables: list[str]) -> str:
    """One word from toned syllables; an apostrophe parts what would be read together (xī'ān)."""
    word = "".join(f"'{s}" if n and s[0] in "aāáǎàeēéěèoōóǒò" else s for n, s in enumerate(syllables))
    return word[:1].upper() + word[1:]


def spoken_name(name: str) -> str:
    """Lín Xiǎohé for 林小禾, with the surname's own reading (Shàn for 单); empty where a character has none."""
    plain = "".join(name.split())
    cut = 2 if plain[:2] in pinyin.compound_surnames() and len(plain) > 2 else 1  # noqa: PLR2004
    surname = pinyin.surname_readings(plain[:cut])[:1]
    given = [pinyin.readings(character)[:1] for character in plain[cut:]]
    if not surname or not surname[0] or not all(given):
        return ""
    return " ".join(filter(None, (joined(list(surname)), joined([reading for (reading,) in given]))))
