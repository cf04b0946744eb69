"""Help in the page and the printed guide of a role: short texts as data (help.yaml), the same words in both."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from ruamel.yaml import YAML

from tongxing.access.acting import Acting
from tongxing.core.words import LANGUAGES, Words
from tongxing.desk import navigation

SOURCE = Path(__file__).with_name("help.yaml")


@dataclass(frozen=True)
class Chapter:
    """One page of a role in its guide."""

    title: str | Promise
    words: Words


@cache
def _read() -> dict[str, Any]:
    data: dict[str, Any] = YAML(typ="safe").load(SOURCE.read_text(encoding="utf-8"))
    return data


@cache
def of_page(url_name: str) -> Words | None:
    """What one does on a page of the navigation. Raises ValueError for a text that lacks a language."""
    found = _read()["pages"].get(url_name)
    return Words.read(found, url_name) if found else None


@cache
def of_role(role: str) -> tuple[Words, ...]:
    """What a role never forgets, in order. Raises KeyError, ValueError when the languages say different numbers of things."""
    said = _read()["roles"][role]
    lines = [said[language] for language in LANGUAGES]
    return tuple(Words.read(dict(zip(LANGUAGES, line, strict=True)), role) for line in zip(*lines, strict=True))


def pages_of(role: str) -> list[navigation.Page]:
    """The pages that the navigation shows to a role and that exist, each address once."""
    seen = [page for page in navigation.WORK if role in page.roles and navigation.address(page.url_name)]
    return list({page.url_name: page for page in seen}.values())


def chapters(role: str) -> list[Chapter]:
    """The guide of a role, in the order of its navigation."""
    return [Chapter(page.label, words) for page in pages_of(role) if (words := of_page(page.url_name))]


def here(view_name: str, acting: Acting | None) -> Words | None:
    """The help of the page on which somebody at work is: that of the entry that the navigation marks as current."""
    if acting is None:
        return None
    page = navigation.marked([page for page in navigation.WORK if acting.role in page.roles], view_name)
    return of_page(page.url_name) if page else None
