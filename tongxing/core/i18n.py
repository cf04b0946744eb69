"""Text of reference data in three languages, in one field."""

from typing import Any

from django.db import models
from django.utils.translation import get_language

LANGUAGES = ("zh", "en", "mn")


def html_tag(language: str) -> str:
    """The language as HTML writes it (BCP 47): `zh` and `zh-hans` → `zh-Hans`."""
    return "zh-Hans" if language.lower().partition("-")[0] == "zh" else language


class Text(dict[str, str]):
    """`{"zh": …, "en": …, "mn": …}`; prints in the reader's language, else English, else whatever there is."""

    def __str__(self) -> str:
        return self.spoken(get_language() or "en")

    def spoken(self, language: str) -> str:
        """The text in `language` ("zh-hans" counts as "zh"), falling back to en, zh, mn."""
        for code in (language.partition("-")[0], "en", "zh", "mn"):
            if text := self.get(code):
                return text
        return ""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self.items())))


class TextField(models.JSONField):
    """A JSON column holding a `Text`; unknown languages and non-text are refused."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", Text)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Text:
        return Text(super().from_db_value(value, expression, connection) or {})

    def get_prep_value(self, value: Any) -> Any:
        unknown = set(value or {}) - set(LANGUAGES)
        if unknown:
            raise ValueError(f"unknown language {sorted(unknown)}; known are {LANGUAGES}")
        return super().get_prep_value(dict(value or {}))
