"""Rules of the house about code that would let hostile input through, read from the syntax, each with what breaks it.

A rule is a function (tree of a module) -> nodes; `ALLOWED` says in which files it is known and why it is harmless.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SQL = ("execute", "executemany", "raw", "extra", "RawSQL", "copy", "SQL")
NETWORK = ("requests", "urllib.request", "urllib3", "httpx", "aiohttp", "http.client", "socket", "ftplib", "smtplib")
POSTED = re.compile(r"request\.(POST|FILES|body|COOKIES|headers|META)\b")


@dataclass(frozen=True)
class Rule:
    """`breaks`: code that the rule must find. `allowed`: path -> why."""

    name: str
    find: Callable[[ast.AST], Iterator[ast.AST]]
    breaks: str
    allowed: dict[str, str]
    only: str = "**/*.py"


def called(node: ast.AST) -> str:
    """Last name of what is called: `a.b.c(…)` -> `c`."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) in names)


def _fixed(node: ast.AST) -> bool:
    """Words of our own: constants and CAPITAL names, joined."""
    if isinstance(node, ast.JoinedStr):
        return all(_fixed(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _fixed(node.value)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and _fixed(node.left) and _fixed(node.right)
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return isinstance(node, ast.Constant) or (bool(name) and name.isupper())


def formatted_sql(tree: ast.AST) -> Iterator[ast.AST]:
    for call in calls(tree, *SQL):
        first = call.args[0] if call.args else None
        is_made = isinstance(first, ast.JoinedStr | ast.BinOp) or called(first) in ("format", "join", "replace")
        if first is not None and is_made and not _fixed(first) and not _composed(first):
            yield call


def _composed(node: ast.AST) -> bool:
    """`sql.SQL("… {}").format(sql.Identifier(name))`: the driver quotes what it puts in."""
    return called(node) == "format" and called(getattr(node.func, "value", None)) == "SQL"  # type: ignore[attr-defined]


def marked_safe(tree: ast.AST) -> Iterator[ast.AST]:
    yield from calls(tree, "mark_safe", "SafeString", "SafeText")
    for call in calls(tree, "format_html"):
        if not call.args or not isinstance(call.args[0], ast.Constant):
            yield call


def as_owner(tree: ast.AST) -> Iterator[ast.AST]:
    words = ("owner", "counter", "log", "linker", "sealer", "auditor", "keeper")
    for call in calls(tree, "using", "db_manager"):
        if call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value in words:
            yield call
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "connections":
            yield node


def shells(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        is_shell = isinstance(node, ast.keyword) and node.arg == "shell" and ast.unparse(node.value) != "False"
        if is_shell or (isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.system", "os.popen")):
            yield node


def runs_text(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if name in ("eval", "exec", "compile", "pickle.loads", "pickle.load", "marshal.loads", "yaml.load", "Template"):
            yield node


def reaches_out(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        if any(name in NETWORK or name.startswith(tuple(f"{one}." for one in NETWORK)) for name in names):
            yield node


def logs_what_was_sent(tree: ast.AST) -> Iterator[ast.AST]:
    for call in calls(tree, "debug", "info", "warning", "error", "exception", "critical", "print", "log"):
        if any(POSTED.search(ast.unparse(part)) for part in (*call.args, *call.keywords)):
            yield call


def names_from_outside(tree: ast.AST) -> Iterator[ast.AST]:
    """`order_by(request.GET[…])`, `filter(**request.GET)`, `getattr(x, request.POST[…])`: identifiers that a caller chooses."""
    for call in calls(
        tree, "order_by", "values", "values_list", "only", "defer", "annotate", "getattr", "setattr", "F"
    ):
        if any("request." in ast.unparse(part) for part in call.args):
            yield call
    for call in calls(tree, "filter", "exclude", "get", "create", "update", "Q"):
        if any(word.arg is None and "request." in ast.unparse(word.value) for word in call.keywords):
            yield call


def all_fields(tree: ast.AST) -> Iterator[ast.AST]:
    """A form that takes whatever its model has."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            names = {ast.unparse(name) for name in node.targets}
            if "exclude" in names or ("fields" in names and ast.unparse(node.value) == "'__all__'"):
                yield node


def without_csrf(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in ("csrf_exempt", "xframe_options_exempt"):
            yield node


def old_ciphers(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("hashlib.md5", "hashlib.sha1", "random.choice"):
            yield node


def unpacks(tree: ast.AST) -> Iterator[ast.AST]:
    """Archives written out by the names that they carry."""
    yield from calls(tree, "extractall", "unpack_archive")


def redirects_anywhere(tree: ast.AST) -> Iterator[ast.AST]:
    for call in calls(tree, "redirect", "HttpResponseRedirect"):
        if call.args and POSTED.sub("request.GET", ast.unparse(call.args[0])).startswith(
            ("request.GET", "request.META")
        ):
            yield call


def in_templates(text: str) -> list[str]:
    """`|safe`, `autoescape off`, handlers, scripts and styles in the page, unquoted attributes with a value inside."""
    return re.findall(
        r"\|\s*safe(?:seq)?\b|autoescape\s+off|\{%\s*debug\s*%\}|<[^>{]*\son[a-z]+\s*=|<script(?![^>]*\bsrc=)[^>]*>"
        r"|javascript:|<style\b|\s(?:href|src|value|class|id|style)=\{\{",
        text,
    )


@cache
def _read(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def broken(rule: Rule, root: Path) -> Iterator[str]:
    """path:line of every place that breaks the rule and is not allowed."""
    for path in sorted(root.glob(rule.only)):
        name = path.relative_to(root).as_posix()
        if "/migrations/" in name or name in rule.allowed:
            continue
        for node in rule.find(_read(path)):
            yield f"{name}:{getattr(node, 'lineno', 0)}: {ast.unparse(node)[:100]}"
