"""Tags of the page: numbers and dates as the reader writes them, languages bound to text, codes, form fields."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import segno
from django import template
from django.conf import settings
from django.forms import BoundField, MultiWidget
from django.template import Context, Engine
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from tongxing.core import date_forms, numbers
from tongxing.core.i18n import Text, html_tag
from tongxing.core.words import Words
from tongxing.desk.frame import language_tag
from tongxing.linkage import names, writing

register = template.Library()

HAN = re.compile(r"[\u2e80-\u2fdf\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
RIGHT_TO_LEFT = re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefe]")
SCRIPTS = (
    (HAN, "zh-Hans"),
    (re.compile(r"[\u0400-\u04ff]"), "mn"),
    (re.compile(r"[\u1800-\u18af]"), "mn-Mong"),
    (re.compile(r"[\u0f00-\u0fff]"), "bo"),
    (RIGHT_TO_LEFT, "ug-Arab"),
)
KINDS = {
    "radioselect": "radios",
    "checkboxselectmultiple": "checkboxes",
    "checkbox": "checkbox",
    "select": "select",
    "textarea": "textarea",
    "file": "file",
    "clearablefile": "file",
}
CLASSES = {"select": "govuk-select", "textarea": "govuk-textarea", "file": "govuk-file-upload"}


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


# Numbers and dates ---------------------------------------------------------------------------------------------------


@register.filter
def number(value: Any) -> str:
    """A count in the reader's form (35 万 / 350,000); what is no number passes unchanged."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return "" if value is None else str(value)
    return numbers.number(value, _language())


@register.filter(expects_localtime=True)
def local_date(value: date | None, form: str = "long") -> str:
    """A date in the reader's form; `form` is long (with year), short, or weekday."""
    if not value:
        return ""
    say = {"long": date_forms.long_date, "short": date_forms.short_date, "weekday": date_forms.weekday_date}[form]
    return say(value, _language())


@register.filter(expects_localtime=True)
def local_month(value: date | None) -> str:
    """A month in the reader's form: 2017年3月, March 2017."""
    return date_forms.month_and_year(value, _language()) if value else ""


@register.filter(expects_localtime=True)
def local_moment(value: datetime | None, form: str = "long") -> str:
    """Date and 24-hour time of the current time zone: 2026年11月21日 14:52."""
    return f"{local_date(value, form)} {value:%H:%M}" if value else ""


# Languages -----------------------------------------------------------------------------------------------------------


def _language_of(value: Any) -> str:
    """The BCP 47 tag of what `value` will print in, or an empty string where it is the page's own or unknown."""
    if isinstance(value, Text):
        shown = str(value)
        code = next((code for code in (_language().partition("-")[0], "en", "zh", "mn") if value.get(code)), "")
        return {"zh": "zh-Hans"}.get(code, code) if shown else ""
    return next((tag for script, tag in SCRIPTS if script.search(str(value))), "")


@register.filter
def said(value: Any, language: str = "") -> str:
    """Words or Text in the reader's language, or in the one named (a paper's); a plain string passes unchanged."""
    if isinstance(value, Text | Words):
        return value.spoken(language or _language())
    return "" if value is None else str(value)


@register.filter
def bind_lang(value: Any, language: str = "") -> SafeString | str:
    """Wrap text of another language in `<span lang>`: readers pronounce it right and Ө, Ү get a font that has them."""
    if value is None or value == "":
        return ""
    tag = language_tag(language) if language else _language_of(value)
    if RIGHT_TO_LEFT.search(str(value)):  # alone in its direction, or the digits beside it change their place
        return format_html('<bdi lang="{}" dir="auto">{}</bdi>', tag, value)
    if not tag or tag == language_tag():
        return str(value)
    return format_html('<span lang="{}">{}</span>', tag, value)


@register.simple_tag(takes_context=True)
def language_links(context: Context) -> list[dict[str, Any]]:
    """The same address under the other prefixes: a list of {code, tag, name, url, is_current}."""
    request = context.get("request")
    path = request.get_full_path() if request else "/"
    rest = re.sub(rf"^/({'|'.join(dict(settings.LANGUAGES))})(?=/|$)", "", path)
    return [
        {
            "code": code,
            "tag": html_tag(code),
            "name": name,
            "url": f"/{code}{rest if rest.startswith('/') else '/'}" if rest != path else f"/{code}/",
            "is_current": code == _language(),
        }
        for code, name in settings.LANGUAGES
    ]


@register.filter
def spoken(name: str | None) -> str:
    """Pinyin with tones beside a name in characters (Lín Xiǎohé); empty where there are none.

    A stored reading always wins: pass it instead where there is one, because 单, 曾, 仇 and 解 differ by family.
    """
    if not name or not HAN.search(name):
        return ""
    return names.spoken(name)


@register.filter
def rare(name: str | None) -> tuple[writing.Rare, ...]:
    """The characters of a name that many computers cannot draw, with code and reading."""
    return writing.rare(name or "")


# Codes ---------------------------------------------------------------------------------------------------------------


@register.simple_tag
def qr(text: str, label: str = "") -> SafeString:
    """`text` as a QR code in SVG without style attributes; `label` is what a screen reader says (default: QR + text)."""
    matrix = segno.make(text, micro=False, error="m").matrix
    size = len(matrix) + 4
    path = "".join(f"M{x} {y}h{width}v1h-{width}z" for x, y, width in _runs(matrix))
    return format_html(
        '<svg class="qr" viewBox="-2 -2 {} {}" role="img" aria-label="{}"><path fill="#1d2423" d="{}"/></svg>',
        size,
        size,
        label or f"QR {text}",
        mark_safe(path),  # noqa: S308  digits and path letters only
    )


def _runs(matrix: tuple[bytearray, ...]) -> Iterator[tuple[int, int, int]]:
    """Dark runs of each row as (x, y, width)."""
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            width = 1
            while x + width < len(row) and row[x + width] == row[x]:
                width += 1
            if row[x]:
                yield x, y, width
            x += width


# Form fields and panels ----------------------------------------------------------------------------------------------


@register.filter
def field_kind(field: BoundField) -> str:
    """Which part of parts/field.html draws it: hidden, radios, checkboxes, checkbox, select, textarea, file, parts, text."""
    if field.is_hidden:
        return "hidden"
    if isinstance(field.field.widget, MultiWidget):
        return "parts"
    return KINDS.get(field.widget_type, "text")


@register.filter
def govuk(field: BoundField, small: str = "") -> SafeString:
    """The widget with its GOV.UK class; the widget's own classes (widths) stay."""
    name = CLASSES.get(field_kind(field), "govuk-input")
    error = f"{name}--error" if field.errors else ""
    own = field.field.widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": " ".join(filter(None, (name, own, error, small)))})


@register.filter
def choice_hint(field: BoundField, value: Any) -> str:
    """The hint under one radio button or checkbox, from the widget's `hints` ({value: text})."""
    return str(getattr(field.field.widget, "hints", {}).get(str(value), ""))


@register.filter
def first_id(field: BoundField) -> str:
    """Where a link of the error summary leads: the first control of the field."""
    several = field_kind(field) in {"radios", "checkboxes", "parts"}
    return f"{field.auto_id}_0" if several else field.auto_id


@register.simple_tag(takes_context=True)
def panel(context: Context, part: dict[str, Any]) -> str:
    """Draw one panel of the person page: its `template` sees the page's context and the panel's own values."""
    with context.push(**part):
        return Engine.get_default().get_template(part["template"]).render(context)


@register.filter
def as_pairs(problems: Iterable[Any] | None) -> list[tuple[str, str]]:
    """Problems as (id of the control or "", message), from {message, field}, from pairs or from plain sentences."""
    pairs = []
    for problem in problems or ():
        if isinstance(problem, Mapping):
            pairs.append((str(problem.get("field") or ""), str(problem["message"])))
        elif isinstance(problem, tuple | list):
            pairs.append((str(problem[0] or ""), str(problem[1])))
        else:
            pairs.append(("", str(problem)))
    return pairs
