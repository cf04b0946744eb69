"""Files, classes and functions stay small enough to read at one sitting (complexity: ruff)."""

import ast
from pathlib import Path

import pytest

from tests.architecture.house import HOUSE, sources

FILE, CLASS, FUNCTION = 400, 200, 40  # lines


def _length(node: ast.FunctionDef | ast.ClassDef) -> int:
    """Lines of code: a statement in SQL or a docstring is read as one piece, so it counts as one line."""
    texts = {
        (part.lineno, part.end_lineno)
        for part in ast.walk(node)
        if isinstance(part, ast.Constant | ast.JoinedStr) and part.end_lineno and part.end_lineno > part.lineno
    }
    outermost = {(a, b) for a, b in texts if not any((c, d) != (a, b) and c <= a and b <= d for c, d in texts)}
    return (node.end_lineno or node.lineno) - node.lineno + 1 - sum(b - a for a, b in outermost)


def parsed(text: str) -> ast.Module:
    """Python 3.11 miscounts its depth when the browser's greenlets run between; the second time it counts right."""
    try:
        return ast.parse(text)
    except SystemError:
        return ast.parse(text)


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(HOUSE))) for path in sources()])
def test_it_is_short_enough_to_read(path: Path) -> None:
    text = path.read_text()
    long = [f"{len(text.splitlines())} lines, {FILE} allowed"] if len(text.splitlines()) > FILE else []
    for node in ast.walk(parsed(text)):
        if isinstance(node, ast.ClassDef) and _length(node) > CLASS:
            long.append(f"class {node.name}: {_length(node)} lines, {CLASS} allowed")
        if isinstance(node, ast.FunctionDef) and _length(node) > FUNCTION:
            long.append(f"{node.name}(): {_length(node)} lines, {FUNCTION} allowed")
    assert not long, f"{path.relative_to(HOUSE)}: " + "; ".join(long)
