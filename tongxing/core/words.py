"""Text in three languages for data that pure code reads: SOP editions, consent texts, jurisdictions. No Django.

`core.i18n.Text` is its sibling in the database; `Text(words)` turns one into the other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LANGUAGES = ("zh", "en", "mn")


@dataclass(frozen=True)
class Words:
    """One text, complete in Chinese (zh-Hans), English and Mongolian (Cyrillic)."""

    zh: str
    en: str
    mn: str

    def spoken(self, language: str) -> str:
        """The text in `language`; "zh-hans" counts as "zh", an unknown language is answered in English."""
        code = language.partition("-")[0].lower()
        return str(getattr(self, code)) if code in LANGUAGES else self.en

    def keys(self) -> Iterator[str]:
        return iter(LANGUAGES)

    def __getitem__(self, language: str) -> str:
        if language not in LANGUAGES:
            raise KeyError(language)
        return str(getattr(self, language))

    @classmethod
    def read(cls, value: object, where: str) -> "Words":
        """From `{zh: …, en: …, mn: …}`. Raises ValueError that names `where` and what is missing or unknown."""
        if not isinstance(value, Mapping):
            raise ValueError(f"{where}: expected zh, en and mn, found {value!r}")
        missing = [code for code in LANGUAGES if not str(value.get(code) or "").strip()]
        unknown = sorted(set(map(str, value)) - set(LANGUAGES))
        if missing or unknown:
            raise ValueError(f"{where}: missing {missing or 'nothing'}, unknown {unknown or 'nothing'}")
        return cls(**{code: str(value[code]).strip() for code in LANGUAGES})
