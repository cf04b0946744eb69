"""What an attacker reads in a page: its forms with their fields, its links' parameters, and whether text became markup."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

# One text for every box: a formula to a spreadsheet, an end to a string in SQL, an end to an attribute, a script to a
# browser. `QCANARY` is found again in SQL whatever was done to the signs around it.
CANARY = "=1+QCANARY'\"><img qcanary src=x onerror=__canary=1>%s{{7*7}}童хүүхэд"
# What breaks who reads numbers, days, ids and names carelessly.
ODD = ("\0", "9" * 40, "-1", "NaN", "1e999", "2026-99-99", "0000-00-00", "١٢", "\u202e😀")
ODD += (
    "[" * 3000,
    "null",
    "{}",
    "a" * 20_000,
    "01a1ffff-ffff-7fff-8fff-ffffffffffff",
    "__class__",
    "id__in",
    "%",
    "\n",
)
TYPED = ("text", "search", "tel", "number", "date", "email", "url", "password", "hidden", "textarea")


@dataclass
class Form:
    """A form as a page shows it: `fields` name -> value as it stands there, `typed` what anybody may change to any text."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)


@dataclass
class Page(HTMLParser):
    """Reads one page. `foreign`: tags and attributes that a text has smuggled in, and handlers and scripts of the page's own."""

    address: str
    forms: list[Form] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    _open: Form | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if any(name.startswith("on") or name == "qcanary" for name in known) or (
            tag == "script" and "src" not in known
        ):
            self.foreign.append(self.get_starttag_text() or tag)
        if any("javascript:" in known.get(name, "").lower() for name in ("href", "src", "action", "formaction")):
            self.foreign.append(self.get_starttag_text() or tag)
        if tag == "form":
            action = urljoin(self.address, known.get("action") or self.address)
            self._open = Form(action, known.get("method", "get").lower())
            self.forms.append(self._open)
        if self._open is not None and known.get("name"):
            self._field(self._open, tag, known)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None

    def _field(self, form: Form, tag: str, known: dict[str, str]) -> None:
        kind = known.get("type", "text") if tag == "input" else tag
        name = known["name"]
        if kind in TYPED:
            form.fields.setdefault(name, known.get("value", ""))
            form.typed.add(name)
        elif kind in ("radio", "checkbox", "select", "button", "submit"):
            form.fields.setdefault(name, known.get("value", ""))


def read(address: str, html: str) -> Page:
    page = Page(address)
    page.feed(html)
    page.close()
    return page
