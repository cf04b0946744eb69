"""Counting a file of facts at the command line: no server, no database, no state folder; wrong words are answered."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.config.test_cli import tongxing
from tongxing.config import cli
from tongxing.facts.measures.examples import examples

EXAMPLES = {example.name: example for example in examples()}
REACH = ("measure", "run", "children_registered")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Facts, links and places of two examples; facts with four columns only; and what is no Parquet."""
    folder = tmp_path_factory.mktemp("facts")
    found = {}
    for name, example in (("facts", "linked_records_count_once"), ("moved", "sending_and_receiving_place")):
        for kind, data in zip(("", "-links", "-places"), EXAMPLES[example].data, strict=True):
            found[name + kind] = _written(folder / f"{name}{kind}.parquet", data.rows)
    thin = pq.read_table(found["facts"]).select(["kind", "occurred_on", "subject", "sex"])
    found["thin"] = _written(folder / "thin.parquet", thin)
    found["text"] = str(folder / "facts.txt")
    Path(found["text"]).write_text("no Parquet")
    return found


def _written(path: Path, rows: pa.Table) -> str:
    pq.write_table(rows, path)
    return str(path)


def typed_in(*words: str) -> Result:
    """The command in this process."""
    return CliRunner().invoke(cli.app, list(words), env={"COLUMNS": "400", "NO_COLOR": "1"})


def answer(*words: str) -> dict[str, Any]:
    done = typed_in(*words, "--json")
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_neither_server_nor_state_folder_is_needed(files: dict[str, str], tmp_path: Path) -> None:
    nowhere = {"TONGXING_STATE": str(tmp_path / "none"), "DATABASE_URL": "postgres://nobody@nowhere/none"}
    done = tongxing(*REACH, "--facts", files["facts"], "--json", **nowhere)
    assert json.loads(done.stdout)["cells"] == [{"keys": {}, "value": 4}]
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("engine", ["duckdb", "reference"])
def test_a_file_is_counted_with_all_margins(files: dict[str, str], engine: str) -> None:
    words = ("--facts", files["moved"], "--places", files["moved-places"], "--by", "site,sex", "--engine", engine)
    found = answer(*REACH, *words)
    assert found["cells"][0] == {"keys": {}, "value": 2}
    assert {"keys": {"site": "Y", "sex": "male"}, "value": 1} in found["cells"]
    assert len(found["cells"]) == 8
    assert (found["engine"], found["facts"], found["version"]) == (engine, 3, 1)


def test_links_join_records(files: dict[str, str]) -> None:
    assert answer(*REACH, "--facts", files["facts"])["cells"][0]["value"] == 4
    linked = ("--facts", files["facts"], "--identities", files["facts-links"])
    assert answer(*REACH, *linked)["cells"][0]["value"] == 3
    assert answer(*REACH, *linked, "--as-of", "2026-02-09")["cells"][0]["value"] == 4
    assert answer(*REACH, *linked, "--period", "2026-01-01..2026-01-31")["cells"][0]["value"] == 2


def test_what_is_protected_has_a_state_and_words_and_no_number(files: dict[str, str]) -> None:
    found = answer(*REACH, "--facts", files["thin"], "--by", "sex", "--protect", "public")
    assert found["policy"] == "public"
    assert {cell["state"] for cell in found["cells"]} <= {"small", "hidden"}
    assert not any("value" in cell for cell in found["cells"])


def test_a_file_with_few_columns_is_counted_and_the_rest_is_said(files: dict[str, str]) -> None:
    done = typed_in(*REACH, "--facts", files["thin"], "--by", "sex")
    assert done.exit_code == 0
    assert "has no column id, recorded_at" in done.stderr
    assert "Migrant children" in done.stdout
    assert "5 facts, duckdb" in done.stdout


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["children_registred", "--facts", "facts"], "near it: children_registered"),
        (["children_registered", "--facts", "facts", "--by", "colour"], "no dimension colour; it has centre, site"),
        (["children_registered", "--facts", "moved", "--by", "site"], "--places"),
        (["children_registered", "--facts", "thin", "--by", "centre"], "lacks the columns centre"),
        (["children_registered", "--facts", "text"], "is no Parquet file"),
        (["children_registered", "--facts", "nowhere.parquet"], "does not exist"),
        (["children_registered", "--facts", "facts", "--period", "2026"], "two days with two dots"),
        (["children_registered", "--facts", "facts", "--period", "2026-02-01..2026-01-01"], "before it begins"),
        (["children_registered", "--facts", "facts", "--as-of", "now"], "Invalid isoformat"),
        (["children_registered", "--facts", "facts", "--engine", "abacus"], "known are duckdb, spark, reference"),
        (["children_registered", "--facts", "facts", "--engine", "spark"], "TONGXING_SPARK_MASTER"),
        (["children_registered", "--facts", "facts", "--protect", "none"], "known are donor, internal, public"),
        (["centres_community", "--facts", "facts"], "a register is read where it is kept"),
    ],
)
def test_wrong_words_are_answered_with_the_right_ones(
    files: dict[str, str], typed: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TONGXING_SPARK_MASTER", raising=False)
    done = typed_in("measure", "run", *(files.get(word, word) for word in typed))
    assert done.exit_code == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
