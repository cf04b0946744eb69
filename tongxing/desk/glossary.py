"""The words of the field in three languages for the public page. docs/glossary.md is the authority; glossary.json is made
from it by `python -m tongxing.desk.glossary`, and a test compares the two."""

import json
import re
import sys
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent / "docs" / "glossary.md"
TABLE = Path(__file__).with_name("glossary.json")
ROW = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
NAME_IN_CODE = re.compile(r"(?:: )?`[^`]*`")


@dataclass(frozen=True)
class Term:
    zh: str
    en: str
    mn: str
    meaning: str  # in English

    def has(self, words: str) -> bool:
        return any(words in text.casefold() for text in (self.zh, self.en, self.mn, self.meaning))


def read(text: str) -> list[Term]:
    """The rows of all tables of the document, without heads and without names in code."""
    rows = ROW.findall(text)
    return [Term(zh, en, mn, _plain(meaning)) for zh, en, mn, meaning in rows if zh not in ("zh", "---")]


def _plain(meaning: str) -> str:
    return NAME_IN_CODE.sub("", meaning).replace(" ;", ";").replace(" .", ".").strip(" ;:")


@cache
def terms() -> tuple[Term, ...]:
    """All of them, in the order of the document."""
    return tuple(Term(*row) for row in json.loads(TABLE.read_text("utf-8")))


def found(words: str) -> list[Term]:
    """Terms with all the words typed, in any of the languages; everything for nothing typed."""
    asked = words.casefold().split()
    return [term for term in terms() if all(term.has(word) for word in asked)]


def write() -> None:
    rows = [json.dumps(astuple(term), ensure_ascii=False) for term in read(SOURCE.read_text("utf-8"))]
    TABLE.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    write()
    sys.stdout.write(f"{TABLE.name} written\n")
