"""Names of the codes that stand beside a document: who uploaded it, what it is, how large, in which language."""

from collections.abc import Mapping

from django import template

from tongxing.access.permissions import ROLES
from tongxing.core.i18n import Text
from tongxing.programme.models.document import KINDS, LANGUAGES

register = template.Library()


@register.filter
def role_name(code: str) -> str:
    """The name of a role of the permission matrix."""
    return str(ROLES[code].name)


@register.filter
def document_kind(code: str) -> str:
    """What kind of document it is."""
    return str(dict(KINDS)[code])


@register.filter
def document_language(code: str) -> str:
    """The language of a file, by its own name."""
    return str(dict(LANGUAGES)[code])


@register.filter
def file_size(size: int) -> str:
    """A size in kB or MB: 640 kB, 1.2 MB."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"


@register.filter
def as_text(stored: Mapping[str, str]) -> Text:
    """A text out of a list of the programme's header."""
    return Text(stored)
