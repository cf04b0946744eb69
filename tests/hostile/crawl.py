"""Every page as everybody who may open it, and every form in it, with hostile text in each box and each parameter."""

import ast
import csv
import io
import sys
import traceback
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import openpyxl
from django.core.signals import got_request_exception
from django.db import connections
from django.urls import Resolver404, resolve
from django.utils.translation import override

from tests import world
from tests.access.routes import ROUTES, address, constants, in_resolver, objects
from tests.architecture.house import PRODUCT
from tests.hostile.pages import CANARY, Form, Page, read
from tongxing.access.permissions import may
from tongxing.core.spreadsheets import is_formula_like

LANGUAGES = ("zh-hans", "en", "mn")
ENDS = {"desk:sign_out", "desk:lock"}  # what would end the attacker's own stay
MARK = "QCANARY"


@dataclass
class Seen:
    """What was sent and what came back wrong, one sentence a fault."""

    faults: list[str] = field(default_factory=list)
    pages: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    boxes: set[tuple[str, str]] = field(default_factory=set)
    showing: dict[str, str] = field(default_factory=dict)  # page name -> HTML in which the hostile text stands
    sheets: int = 0


class Statements:
    """Listens to every connection: text that was sent belongs into the values of a statement, never into the statement."""

    def __init__(self) -> None:
        self.tainted: list[str] = []
        self.stack = ExitStack()

    def __enter__(self) -> "Statements":
        for connection in connections.all():
            self.stack.enter_context(connection.execute_wrapper(self._listen))
        return self

    def __exit__(self, *error: object) -> None:
        self.stack.close()

    def _listen(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if MARK in str(sql).upper():
            self.tainted.append(str(sql)[:300])
        return execute(sql, params, many, context)


@dataclass
class Crawl:
    """One attacker per role, who goes through everything that the role may open."""

    cast: Any
    seen: Seen = field(default_factory=Seen)
    names: set[str] = field(default_factory=lambda: query_names())
    sent: set[tuple[str, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.clients = {who: world.client(by, raise_request_exception=False) for who, by in self._roles().items()}
        self.clients["nobody"] = world.client(raise_request_exception=False)
        self.ids, self.fixed = objects(self.cast.here, self.cast), constants()
        self.broke: list[str] = []
        got_request_exception.connect(self._note)

    def _note(self, **_: Any) -> None:
        error = sys.exc_info()[1]
        last = traceback.extract_tb(error.__traceback__)[-1] if error else None
        self.broke.append(
            f"{error!r:.200} at {last.filename.rpartition('/tongxing/')[2]}:{last.lineno}" if last else ""
        )

    def _roles(self) -> dict[str, Any]:
        return {by.role: by for by in self.cast.everyone().values()}

    def addresses(self) -> Iterator[tuple[str, str, str]]:
        """(who, name, address): public pages as a passer-by, others as each role that may."""
        roles = self._roles()
        for name, view in in_resolver():
            part, verb = view.tx_guard
            url = address(name, ROUTES[name].kinds, self.ids, self.fixed)
            who = ["nobody"] if part == "public" else [role for role in roles if may(role, part, verb)]
            yield from ((one, name, url) for one in who)

    def look(self, who: str, name: str, url: str) -> Page | None:
        """Open a page; judge it."""
        self.seen.pages[name] += 1
        return self._judge(who, name, url, self.clients[who].get(url))

    def send(self, who: str, form: Form, values: Mapping[str, str]) -> None:
        path = urlsplit(form.action).path
        try:
            with override(path.split("/")[1]):
                name = resolve(path).view_name
        except Resolver404:
            self.seen.faults.append(f"a form leads nowhere: {path}")
            return
        if name in ENDS:
            return
        self.seen.forms[name] += 1
        self.seen.boxes |= {(name, box) for box in form.typed}
        if form.method == "post":
            answer = self.clients[who].post(path, values)
        else:
            answer = self.clients[who].get(f"{path}?{urlencode(values)}")
        self._judge(who, f"{form.method} {name}", path, answer)

    def ask(self, who: str, name: str, url: str, text: str = CANARY) -> None:
        """Every parameter that any page knows, hostile, at once."""
        asked = dict.fromkeys(sorted(self.names), text)
        self._judge(who, f"? {name}", url, self.clients[who].get(url, asked))

    def _judge(self, who: str, name: str, url: str, answer: Any) -> Page | None:
        body = answer.content
        if answer.status_code >= 500:
            self.seen.faults.append(f"{answer.status_code} as {who}: {name}: {self.broke[-1:]}")
        if "Traceback" in (text := body.decode("utf-8", "replace")):
            self.seen.faults.append(f"a trace as {who}: {name}")
        kind = answer.headers.get("Content-Type", "")
        if kind.startswith("text/html"):
            page = read(url, text)
            self.seen.faults += [f"markup as {who}: {name}: {tag[:200]}" for tag in page.foreign]
            if MARK in text:
                self.seen.showing.setdefault(name, text)
            return page
        bad = list(formulas(body, kind))
        self.seen.sheets += body[:2] == b"PK" or "csv" in kind
        self.seen.faults += [f"a formula as {who}: {name}: {cell[:80]!r}" for cell in bad]
        return None


def formulas(body: bytes, kind: str) -> Iterator[str]:
    """Cells of a workbook or of CSV that the program which opens it would run."""
    if body[:2] == b"PK" and "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(body)).namelist():
        book = openpyxl.load_workbook(io.BytesIO(body))
        yield from (str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f")
    elif "csv" in kind:
        rows = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
        yield from (cell for row in rows for cell in row if is_formula_like(cell) and not _is_number(cell))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def query_names(paths: Iterable[Path] | None = None) -> set[str]:
    """Names after which the code asks in a query: `request.GET.get("box")`, `request.GET["box"]`, `"box" in request.GET`.

    Of the whole program with some that attackers try; or of the modules at `paths` alone.
    """
    found = {"sort", "order", "order_by", "filter", "column", "dir", "format"} if paths is None else set()
    for path in PRODUCT.glob("**/*.py") if paths is None else paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("request.GET.") and node.args:
                found |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "request.GET":
                found |= {node.slice.value} if isinstance(node.slice, ast.Constant) else set()
            elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]) == "request.GET":
                found |= {node.left.value} if isinstance(node.left, ast.Constant) else set()
    return found


def hostile(form: Form, text: str = CANARY) -> dict[str, str]:
    """The form as it stands, with `text` in every box that takes any text."""
    return form.fields | {name: text for name in form.typed if name != "csrfmiddlewaretoken"}


def everywhere(form: Form, text: str) -> dict[str, str]:
    """`text` in every field, in choices and hidden ones too."""
    return {name: text for name in form.fields if name != "csrfmiddlewaretoken"}


def one_by_one(form: Form, text: str = CANARY) -> Iterator[dict[str, str]]:
    """The form as it stands, with `text` in one box after the other: what comes after a refused box is reached too."""
    for name in [*form.fields, *dict(parse_qsl(urlsplit(form.action).query))]:
        if name != "csrfmiddlewaretoken":
            yield form.fields | {name: text}
