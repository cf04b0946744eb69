"""Every message has its text: Chinese everywhere, Mongolian wherever the public or a family reads it."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

import pytest

from tongxing.core import catalogues

# What the public reads without signing in, and what is read to a family or printed for it.
PUBLIC_AND_PRINTED = (
    "tongxing/templates/base.html",
    "tongxing/templates/base_public.html",
    "tongxing/templates/problem.html",
    "tongxing/templates/4*.html",
    "tongxing/templates/503.html",
    "tongxing/templates/broken.html",
    "tongxing/templates/parts/report.html",
    "tongxing/desk/templates/desk/problem_reported.html",
    "tongxing/templates/parts/demo.html",
    "tongxing/templates/parts/error_summary.html",
    "tongxing/templates/parts/field*.html",
    "tongxing/templates/parts/figure.html",
    "tongxing/templates/parts/footer.html",
    "tongxing/templates/parts/hotline.html",
    "tongxing/templates/parts/languages.html",
    "tongxing/templates/parts/quickhide.html",
    "tongxing/access/permissions.py",
    "tongxing/registry/level_words.py",
    "tongxing/config/link_report.py",
    "tongxing/config/templates/*",
    "tongxing/access/templates/*",
    "tongxing/desk/forms.py",
    "tongxing/desk/home.py",
    "tongxing/desk/sign_in.py",
    "tongxing/desk/navigation.py",
    "tongxing/desk/templates/desk/glossary.html",
    "tongxing/desk/templates/desk/guide.html",
    "tongxing/desk/templates/desk/home.html",
    "tongxing/facts/disclosure.py",
    "tongxing/facts/measures/laws.py",
    "tongxing/organisations/*",
    "tongxing/procedures/templates/procedures/card.html",
    "tongxing/procedures/templates/procedures/receipt.html",
    "tongxing/procedures/templates/procedures/referral_withdraw.html",
    "tongxing/procedures/templates/procedures/registration_consent.html",
    "tongxing/procedures/views/papers.py",
    "tongxing/publishing/formats/*",
    "tongxing/rights/*",
    "tongxing/programme/models/document.py",
    "tongxing/programme/models/programme.py",
    "tongxing/programme/templates/programme/document_gone.html",
    "tongxing/programme/templates/programme/documents.html",
    "tongxing/programme/templates/programme/_voice*.html",
    "tongxing/programme/templates/programme/voice_answer.html",
    "tongxing/programme/templates/programme/voice_paper.html",
    "tongxing/programme/templates/programme/voice_sa*.html",
    "tongxing/programme/templates/programme/voice_slip.html",
    "tongxing/programme/templates/programme/voice_told.html",
    "tongxing/programme/templates/programme/what_changed.html",
    "tongxing/programme/views/voice*.py",
    "tongxing/programme/voice_forms.py",
    "tongxing/publishing/labels.py",
    "tongxing/publishing/templates/publishing/measure.html",
    "tongxing/publishing/templates/publishing/measures.html",
    "tongxing/publishing/views/measures.py",
    "tongxing/publishing/templates/publishing/_*.html",
    "tongxing/publishing/templates/publishing/api.html",
    "tongxing/publishing/templates/publishing/changes.html",
    "tongxing/publishing/templates/publishing/editions_public.html",
    "tongxing/publishing/templates/publishing/factsheet*.html",
    "tongxing/publishing/templates/publishing/how.html",
    "tongxing/publishing/templates/publishing/printed.html",
    "tongxing/publishing/templates/publishing/programmes.html",
    "tongxing/publishing/templates/publishing/reference.html",
    "tongxing/publishing/templatetags/*",
    "tongxing/publishing/views/data.py",
)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
NEVER_SAID = ("办事群众", "对象", "外来人口")  # words that the glossary refuses
HALF_WIDTH_AFTER_HAN = re.compile(r"[\u4e00-\u9fff][,;:?!]")


@pytest.fixture(scope="module")
def template() -> Any:
    return catalogues.found()


def messages(language: str) -> Iterator[Any]:
    return (message for message in catalogues.read(language) if message.id)


def texts(message: Any) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, tuple | list) else (message.string,)


def is_public(message: Any) -> bool:
    return any(fnmatch(path, pattern) for path, _line in message.locations for pattern in PUBLIC_AND_PRINTED)


@pytest.mark.parametrize("language", catalogues.CATALOGUES)
def test_the_catalogue_holds_every_message_of_the_house_and_no_other(language: str, template: Any) -> None:
    known = {(message.context, message.id) for message in messages(language)}
    wanted = {(message.context, message.id) for message in template if message.id}
    assert known == wanted, "run `python3 dev.py messages`"


def test_chinese_is_complete() -> None:
    missing = [message.id for message in catalogues.untranslated(catalogues.read("zh_Hans"))]
    total = len(list(messages("zh_Hans")))
    print(f"zh_Hans: {total - len(missing)} of {total} messages")
    assert missing == []


def test_mongolian_is_complete_for_public_and_printed_pages(template: Any) -> None:
    public = {(message.context, message.id) for message in template if message.id and is_public(message)}
    untranslated = {(message.context, message.id) for message in catalogues.untranslated(catalogues.read("mn"))}
    print(f"mn: {len(public - untranslated)} of {len(public)} public and printed messages")
    assert sorted(str(id) for _context, id in public & untranslated) == []


@pytest.mark.parametrize("language", catalogues.CATALOGUES)
def test_translations_keep_every_placeholder(language: str) -> None:
    for message in messages(language):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        wanted = set(PLACEHOLDER.findall(ids[-1]))
        for text in filter(None, texts(message)):
            assert set(PLACEHOLDER.findall(text)) == wanted, text


def test_chinese_follows_the_wording_rules() -> None:
    for message in messages("zh_Hans"):
        for text in texts(message):
            assert not any(word in text for word in NEVER_SAID), text
            assert not HALF_WIDTH_AFTER_HAN.search(text), text


def test_mongolian_uses_cyrillic_letters_only_for_its_words() -> None:
    latin_in_word = re.compile(r"[\u0400-\u04ff][oypxcaeOYPXCAE]|[oypxcaeOYPXCAE][\u0400-\u04ff]")
    for message in messages("mn"):
        for text in texts(message):
            assert not latin_in_word.search(text or ""), text
