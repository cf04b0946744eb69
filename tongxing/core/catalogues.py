"""Message catalogues: found in code and templates, merged into tongxing/locale, compiled with Babel alone.

`python -m tongxing.core.catalogues` does all three and says what is not translated yet; `--compile` only compiles.
English texts are the message ids, so there is no English catalogue. No system gettext is needed.
"""

import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel.messages import pofile
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_javascript
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
LOCALE = ROOT / "tongxing" / "locale"
DOMAIN = "django"
CATALOGUES = ("zh_Hans", "mn")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def extract_template(
    file: IO[bytes], keywords: Any, comment_tags: Any, options: dict[str, Any]
) -> Iterable[tuple[Any, ...]]:
    """Messages of a Django template, for Babel: (line, function, message, comments).

    Django turns the template into calls of gettext between blanked-out text. That is no valid Python, but a reader of
    JavaScript, which cares about calls and strings only, finds every one of them.
    """
    calls = templatize(file.read().decode("utf-8"))
    return extract_javascript(BytesIO(calls.encode("utf-8")), keywords, comment_tags, {"encoding": "utf-8"})


def found() -> Catalog:
    """A catalogue of every message of the house with the files it stands in; locations are relative to the root."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file, filename="babel.cfg")
    catalogue = Catalog(project="Tongxing", charset="utf-8", header_comment="# Tongxing: messages.")
    messages = extract_from_dir(ROOT, methods, options, KEYWORDS, strip_comment_tags=True)
    for name, _line, message, comments, context in sorted(messages, key=lambda m: (m[0], m[1])):
        catalogue.add(message, locations=[(Path(name).as_posix(), 0)], auto_comments=comments, context=context)
    return catalogue


def path(language: str, suffix: str = "po") -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.{suffix}"


def read(language: str) -> Catalog:
    """The catalogue of one language as it stands in the repository; empty when there is none yet."""
    if not path(language).exists():
        return Catalog(locale=language, project="Tongxing", charset="utf-8")
    with path(language).open("rb") as file:
        return pofile.read_po(file, locale=language, domain=DOMAIN)


def update(language: str, template: Catalog) -> Catalog:
    """Merge what was found into the catalogue of `language`: new messages are empty, guesses are never made."""
    catalogue = read(language)
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    catalogue.header_comment = (
        "# Tongxing: messages. Made by `python -m tongxing.core.catalogues`; the msgstr are ours."
    )
    path(language).parent.mkdir(parents=True, exist_ok=True)
    with path(language).open("wb") as file:
        pofile.write_po(file, catalogue, width=120, sort_output=True, omit_header=False, include_lineno=False)
    return catalogue


def compile_catalogue(language: str) -> None:
    """Write the .mo that Django reads. Untranslated messages stay out of it and fall back."""
    with path(language, "mo").open("wb") as file:
        write_mo(file, read(language))


def untranslated(catalogue: Catalog) -> Iterator[Any]:
    """Messages without a text in this language, or with one plural form missing."""
    for message in catalogue:
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and not all(texts):
            yield message


def main(arguments: list[str]) -> int:
    if "--compile" not in arguments:
        template = found()
        for language in CATALOGUES:
            missing = list(untranslated(update(language, template)))
            sys.stdout.write(f"{language}: {len(template)} messages, {len(missing)} without a text\n")
    for language in CATALOGUES:
        compile_catalogue(language)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
