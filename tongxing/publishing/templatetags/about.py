"""Names of the codes that stand beside figures and claims, and the mail link of a page."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import quote

from django import template
from django.utils.translation import get_language, gettext

from tongxing.core import date_forms
from tongxing.core.i18n import Text
from tongxing.programme.models import ALIGNMENTS

register = template.Library()


@register.filter
def alignment_kind(code: str) -> str:
    """What an alignment is: a goal, a framework, a right."""
    return str(dict(ALIGNMENTS)[code])


@register.filter
def stated_day(value: date | None, exact_to: str) -> str:
    """A date as exactly as the page states it: a day, or a month; empty where it states none."""
    if value is None:
        return ""
    say = date_forms.month_and_year if exact_to == "month" else date_forms.long_date
    return say(value, get_language() or "en")


@register.filter
def part_name(number: int, kind: str) -> str:
    """Outcome 1, or Area of work 1 where the page states no outcomes."""
    words = {"outcome": gettext("Outcome %(number)s"), "area": gettext("Area of work %(number)s")}
    return words[kind] % {"number": number}


@register.filter
def lesson_kind(code: str) -> str:
    """Practice or lesson."""
    return {"practice": gettext("Good practice"), "lesson": gettext("Lesson")}[code]


@register.filter
def mail_link(url: str, title: object) -> str:
    """A `mailto:` link that names the page and nothing about who opens it."""
    return f"mailto:?subject={quote(str(title))}&body={quote(url)}"


@register.filter
def at(names: Mapping[str, Text], slug: str) -> Text:
    """The name of a site by its slug."""
    return names[slug]
