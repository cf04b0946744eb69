"""What the documents name exists: paths, functions, commands, links. A document that went stale fails here."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.house import HOUSE, PRODUCT

DOCUMENTS = sorted([*HOUSE.glob("*.md"), *HOUSE.glob("docs/**/*.md")])
SUFFIXES = r"(?:py|md|html|sql|yaml|json|scss|js|toml|lock|po|png|cfg|svg)"
FENCE = re.compile(r"^( *)```.*?^\1```", re.S | re.M)
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(rf"[\w.*@-]+(?:/[\w.*@-]+)*/?(?:\.{SUFFIXES})?")
REFERENCE = re.compile(rf"([\w./-]+\.{SUFFIXES}):([A-Za-z_][\w.]*)")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
ROWS_OF_THE_MAP = range(1, 36)


def name_of(path: Path) -> str:
    return str(path.relative_to(HOUSE))


def quoted(document: Path) -> list[str]:
    """What stands in back quotes outside of code blocks: code blocks show examples, which need not exist."""
    return QUOTED.findall(FENCE.sub("", document.read_text("utf-8")))


def found(written: str, document: Path) -> list[Path]:
    """The files that a path means: from the top, from the package, or from the document's own folder."""
    return [path for base in (HOUSE, PRODUCT, document.parent) for path in base.glob(written.rstrip("/"))]


def looks_like_a_path(words: str) -> bool:
    is_file = re.search(rf"\.{SUFFIXES}$", words) is not None
    is_folder = words.endswith("/") and words.count("/") >= 1
    return PATH.fullmatch(words) is not None and "/" in words and (is_file or is_folder)


@cache
def names_in(path: Path) -> set[str]:
    """Functions, classes, their members and the constants of a module; keys of a pyproject are not looked at."""
    names: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        names |= _names(node)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{name}" for inner in node.body for name in _names(inner)}
    return names


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    return set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_paths_that_a_document_names_exist(document: Path) -> None:
    missing = [words for words in quoted(document) if looks_like_a_path(words) and not found(words, document)]
    assert not missing, f"{name_of(document)} names what is not there: {', '.join(missing)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_functions_that_a_document_names_exist(document: Path) -> None:
    missing = []
    for words in quoted(document):
        if reference := REFERENCE.fullmatch(words):
            files = found(reference[1], document)
            if not any(path.suffix == ".py" and reference[2] in names_in(path) for path in files):
                missing.append(words)
    assert not missing, f"{name_of(document)} names what is not there: {', '.join(missing)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    text = FENCE.sub("", document.read_text("utf-8"))
    targets = [target for target in LINK.findall(text) if "://" not in target and not target.startswith("mailto:")]
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert not missing, f"{name_of(document)} links to what is not there: {', '.join(missing)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_commands_that_a_document_gives_are_known(document: Path) -> None:
    text = document.read_text("utf-8")
    door = (HOUSE / "dev.py").read_text("utf-8").partition("COMMANDS")[2]
    program = (PRODUCT / "config" / "cli.py").read_text("utf-8")
    unknown = [f"dev.py {name}" for name in re.findall(r"python3 dev\.py ([a-z]+)", text) if f'"{name}"' not in door]
    known = (r"\ndef {}\(", r'name="{}"\)')  # a command, or a group of commands
    names = re.findall(r"`tongxing ([a-z]+)", text)
    unknown += [f"tongxing {name}" for name in names if not any(re.search(k.format(name), program) for k in known)]
    assert not unknown, f"{name_of(document)}: {', '.join(sorted(set(unknown)))}"


def test_the_map_has_one_line_for_each_part_of_the_mission() -> None:
    lines = re.findall(r"^\| (\d+) \|", (HOUSE / "docs" / "map.md").read_text("utf-8"), re.M)
    assert [int(line) for line in lines] == list(ROWS_OF_THE_MAP)


def test_the_pictures_are_small() -> None:
    big = [name_of(path) for path in HOUSE.glob("docs/pictures/*") if path.stat().st_size > 150_000]
    assert not big, f"more than 150 kB: {', '.join(big)}"


def test_decisions_are_numbered_once_and_short() -> None:
    decisions = sorted((HOUSE / "docs" / "adr").glob("*.md"))
    numbers = [int(path.name[:4]) for path in decisions]
    assert len(numbers) == len(set(numbers)), numbers
    long = [name_of(path) for path in decisions if len(path.read_text("utf-8").splitlines()) > 40]
    assert not long, f"a decision is read in a minute: {', '.join(long)}"


def test_the_documents_state_the_licence_that_the_package_declares() -> None:
    declared = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]["license"]
    assert declared == "Apache-2.0"
    assert "Apache License" in (HOUSE / "LICENSE").read_text("utf-8")
    assert declared in (HOUSE / "README.md").read_text("utf-8")
