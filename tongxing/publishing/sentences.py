"""Sentences bound to figures: one figure, and the same value, unit and population in every language.

Sentences are data (`sentences.yaml`); an edition freezes the words and the codes of their figures, never the number in
the words. A number is put in when the sentence is read, in the form of the reader's language.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tongxing.core.i18n import LANGUAGES, Text
from tongxing.facts.disclosure import Protected
from tongxing.facts.measures import shipped
from tongxing.publishing.sheet import Factsheet, KeyFigure, Sentence

SENTENCES = Path(__file__).parent / "sentences.yaml"
BRACES = re.compile(r"\{([a-z0-9_]+)\}")
FEWER = {"zh": "不到 {n} {unit}", "en": "fewer than {n} {unit}", "mn": "{n}-аас цөөн {unit}"}
NOT_PUBLISHED = {"zh": "（数字不公布）", "en": "(number not published)", "mn": "(тоо нийтлэгдээгүй)"}
NO_NUMBER = {"zh": "（没有记录）", "en": "(no records)", "mn": "(бүртгэл алга)"}


class BadSentence(ValueError):
    """A sentence that cannot be bound; the message names programme, sentence and language."""


def of(programme: str, figures: Sequence[KeyFigure]) -> tuple[Sentence, ...]:
    """The sentences of a programme, of which every figure is in the edition. Raises BadSentence."""
    known = {figure.measure for figure in figures}
    return tuple(sentence for sentence in shipped_sentences().get(programme, ()) if known.issuperset(sentence.figures))


@cache
def shipped_sentences() -> dict[str, tuple[Sentence, ...]]:
    """All shipped sentences by programme. Raises BadSentence."""
    return read(YAML(typ="safe").load(SENTENCES.read_text("utf-8")), frozenset(shipped()))


def read(
    stored: Mapping[str, Sequence[Mapping[str, Any]]], measures: frozenset[str]
) -> dict[str, tuple[Sentence, ...]]:
    """Sentences by programme, each checked. Raises BadSentence."""
    return {
        programme: tuple(_checked(programme, line, measures) for line in lines) for programme, lines in stored.items()
    }


def _checked(programme: str, line: Mapping[str, Any], measures: frozenset[str]) -> Sentence:
    where = f"{programme}, sentence {line.get('code')!r}"
    bound: dict[str, list[str]] = {}
    for language in LANGUAGES:
        words = line.get(language) or ""
        bound[language] = sorted(set(BRACES.findall(words)))
        rest = BRACES.sub("", words)
        if not bound[language]:
            raise BadSentence(f"{where}: no figure in {language}")
        if unknown := set(bound[language]) - measures:
            raise BadSentence(f"{where}: there is no measure {sorted(unknown)}")
        if any(sign.isnumeric() and not "\u4e00" <= sign <= "\u9fff" for sign in rest):
            raise BadSentence(f"{where}: a number is typed in {language}; bind it to a figure in braces")
        if set("{}") & set(rest):
            raise BadSentence(f"{where}: a brace is left open in {language}")
    if len({tuple(codes) for codes in bound.values()}) > 1:
        raise BadSentence(f"{where}: the languages are bound to different figures: {bound}")
    return Sentence(line["code"], Text({lang: line[lang] for lang in LANGUAGES}), tuple(bound["en"]))


def spoken(sentence: Sentence, sheet: Factsheet, language: str) -> str:
    """The sentence with its numbers, as the reader of `language` sees it. Raises KeyError for a figure that is not there."""
    figures = {figure.measure: figure for figure in sheet.figures}
    return BRACES.sub(
        lambda found: measured(figures[found[1]].number, figures[found[1]].unit, language),
        sentence.words.spoken(language),
    )


def footnote(sentence: Sentence, sheet: Factsheet, language: str) -> str:
    """Whom and what its figures count, from the figures themselves."""
    joined = "；" if language.startswith("zh") else "; "
    return joined.join(figure.title.spoken(language) for figure in bound(sentence, sheet))


def bound(sentence: Sentence, sheet: Factsheet) -> list[KeyFigure]:
    """The figures of a sentence, in the order of the edition."""
    return [figure for figure in sheet.figures if figure.measure in sentence.figures]


def measured(number: Protected, unit: Text, language: str) -> str:
    """A number with its unit: 3,510 children, 3,510 人, 35 万人, 67%; a withheld one says that it is."""
    code = language.partition("-")[0]
    if number.state == "small":
        return FEWER[code].format(n=number.threshold, unit=unit.spoken(language))
    if number.value is None:
        return (NO_NUMBER if number.state == "none" else NOT_PUBLISHED)[code]
    text, word = number.text(language), unit.spoken(language)
    close = word == "%" or text.endswith("万")
    return f"{text}{word}" if close else f"{text} {word}"
