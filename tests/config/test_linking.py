"""Who is who at the command line: lists in, three files out, nothing half written; search as a desk does; wrong words."""

import html.parser
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from bench.populations import population
from tests.config.test_cli import tongxing
from tests.config.test_measuring import typed_in
from tests.faults.serving import HOUSE
from tongxing.config import linking, probing
from tongxing.linkage import scoring
from tongxing.linkage.levels import WEIGHED

HEADINGS = "record_id,name,sex,birth_date,origin_division,guardian_name,phone,id_number,source"
CANARY = "<script>alert(1)</script>"
SCHOOL = f"""{HEADINGS}
s1,李小禾,女,2010-03-05,522301,李国强,00013800001,,school
s2,李小苗,女,2012-08-19,522301,李国强,00013800001,,school
s3,王宇航,男,2009/11/30,411381,王建军,00013800002,,school
s4,Батын Болд,эр,2011.06.07,MN-041,Дулмаа,00099110001,,school
s5,欧阳静,女,2010年1月1日,510723,欧阳海,00013800005,,school
s6,{CANARY},男,30/02/2010,000000,"<img src=x onerror=""alert(1)"">",00013800006,,school
"""
CLINIC = f"""姓名,性别,出生日期,户籍地代码,监护人,电话,身份证号,备注 <b>
李晓禾,女,20100305,522301,李国强,00013800001,,
王宇航,男,2009-11-30,411381,王建军,00013800002,,
赵铁柱,男,2008-02-02,130706,赵大,00013800007,,
{CANARY},男,明天,000000,,00013800006,,
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two lists of which two children are the same, and things that are no lists and no models."""
    made = tmp_path_factory.mktemp("lists")
    (made / "school.csv").write_text(SCHOOL, encoding="utf-8")
    (made / "<i>clinic.csv").write_bytes(CLINIC.encode("gb18030"))
    (made / "empty.csv").write_bytes(b"")
    desks = [",".join((*WEIGHED, "label", "pairs")), ",".join(("loud", *["unknown"] * 5, "same", "3"))]
    (made / "desks.csv").write_text("\n".join(desks) + "\n")
    (made / "labels.csv").write_text("left,right,label\ns1,s2,sibling\ns1,s9,same\n")
    (made / "colours.csv").write_text("colour,shape\nred,round\n")
    (made / "text.json").write_text("no model")
    (made / "older.json").write_text(json.dumps({"version": 0, "comparisons": {}, "thresholds": {}}))
    names = {"version": 2, "comparisons": {}, "card": {"normaliser": 1}}
    (made / "names.json").write_text(json.dumps(names))
    damaged = json.loads(scoring.written(scoring.hand_set()))
    del damaged["comparisons"]["sex"]
    (made / "damaged.json").write_text(json.dumps(damaged))
    return made


@pytest.fixture(scope="module")
def linked(folder: Path) -> dict[str, Any]:
    """What `--json` said of the two lists; the files are in `out`."""
    done = typed_in(*_link(folder), "--out", str(folder / "out"), "--json")
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _link(folder: Path) -> tuple[str, ...]:
    return "link", str(folder / "school.csv"), str(folder / "<i>clinic.csv"), "--as-of", "2026-11-22"


def identities(folder: Path) -> dict[str, str]:
    rows = pq.read_table(folder / linking.IDENTITIES).to_pylist()
    return {row["record_id"]: row["identity_id"] for row in rows}


def test_two_lists_become_persons(folder: Path, linked: dict[str, Any]) -> None:
    found = identities(folder / "out")
    assert len(found) == linked["records"] == 10
    assert found["s3"] == found["<i>clinic.csv:3"], "the same boy at school and clinic"
    assert found["s1"] == found["<i>clinic.csv:2"], "the same girl, her name heard differently"
    assert found["s1"] != found["s2"], "sisters are two persons"
    assert len(set(found.values())) == linked["identities"]
    assert sum(int(size) * number for size, number in linked["records_by_identity"].items()) == 10


def test_an_identity_is_the_smallest_of_its_record_ids(folder: Path, linked: dict[str, Any]) -> None:
    members: dict[str, list[str]] = {}
    for record, identity in identities(folder / "out").items():
        members.setdefault(identity, []).append(record)
    assert all(identity == min(records) for identity, records in members.items())


def test_pairs_say_what_each_comparison_weighs(folder: Path, linked: dict[str, Any]) -> None:
    pairs = pq.read_table(folder / "out" / linking.PAIRS)
    assert pairs.column_names[:4] == ["left", "right", "probability", "weight"]
    for pair in pairs.to_pylist():
        assert pair["weight"] == pytest.approx(sum(pair[f"w_{name}"] for name in WEIGHED), abs=1e-6)
        assert {pair["left"], pair["right"]} <= set(identities(folder / "out"))
        assert 0 <= pair["probability"] <= 1


def test_what_was_read_and_what_could_not_be_is_told_by_list(linked: dict[str, Any]) -> None:
    school, clinic = linked["lists"]
    assert (school["encoding"], clinic["encoding"]) == ("utf-8", "gb18030")
    assert clinic["columns_not_read"] == ["备注 <b>"]
    assert linked["ids_made"] == 4
    assert school["empty"]["id_number"] == 6 and school["empty"]["name"] == 0
    unread = Counter({(one["list"], one["field"]): one["values"] for one in linked["unread"]})
    assert unread["school.csv", "birth_date"] == unread["<i>clinic.csv", "birth_date"] == 1


def test_the_same_lists_give_the_same_bytes(folder: Path, linked: dict[str, Any]) -> None:
    done = typed_in(*_link(folder), "--out", str(folder / "again"))
    assert done.exit_code == 0, done.stderr
    assert "10 records are" in done.stdout
    for name in (linking.IDENTITIES, linking.PAIRS, linking.REPORT):
        assert (folder / "again" / name).read_bytes() == (folder / "out" / name).read_bytes(), name


def test_records_with_nothing_to_compare_are_persons_of_their_own_and_counted(tmp_path: Path) -> None:
    rows = "".join(f"e{n},,,,,,,,school\n" for n in range(50_000))
    (tmp_path / "empty.csv").write_text(
        f"{HEADINGS}\n{rows}" + SCHOOL.partition("\n")[2] + "z1,李小禾,女,2010-03-05,,,,,\n"
    )
    found = json.loads(typed_in("link", str(tmp_path / "empty.csv"), "--out", str(tmp_path / "out"), "--json").stdout)
    assert (found["records"], found["identities"]) == (50_007, 50_006)
    assert found["lists"][0]["empty"]["name"] == 50_000
    assert identities(tmp_path / "out")["z1"] == "s1"


class Tags(html.parser.HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen[tag] += 1
        self.attributes |= {name for name, _value in attrs}


def test_the_report_runs_nothing_that_a_list_says(folder: Path, linked: dict[str, Any]) -> None:
    page = (folder / "out" / linking.REPORT).read_text(encoding="utf-8")
    tags = Tags(page)
    assert not {"script", "img", "i", "link", "iframe"} & set(tags.seen)
    assert not {name for name in tags.attributes if name.startswith("on")} | ({"src", "href"} & tags.attributes)
    assert "&lt;script&gt;alert(1)" in page, "the canary was on the page"
    assert Tags(CANARY).seen["script"], "and would have been seen as a tag"
    assert "default-src 'none'" in page


def test_the_report_speaks_three_languages_or_one(folder: Path, linked: dict[str, Any], tmp_path: Path) -> None:
    page = (folder / "out" / linking.REPORT).read_text(encoding="utf-8")
    assert Tags(page).seen["main"] == 3
    for words in ("Pairs to look at", "需要人工核对的成对记录", "Хүн шалгах хос бичлэг"):
        assert words in page
    assert typed_in(*_link(folder), "--out", str(tmp_path / "one"), "--lang", "mn").exit_code == 0
    one = (tmp_path / "one" / linking.REPORT).read_text(encoding="utf-8")
    assert Tags(one).seen["main"] == 1
    assert "Хүн шалгах хос бичлэг" in one
    assert "需要人工核对的成对记录" not in one


def test_neither_server_nor_state_folder_is_needed_and_the_bar_is_for_terminals(folder: Path, tmp_path: Path) -> None:
    nowhere = {"TONGXING_STATE": str(tmp_path / "none"), "DATABASE_URL": "postgres://nobody@nowhere/none"}
    done = tongxing("link", str(folder / "school.csv"), "--out", str(tmp_path / "new" / "out"), **nowhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "none").exists()
    assert (tmp_path / "new" / "out").stat().st_mode & 0o077 == 0, "names are for their owner only"


def test_help_loads_no_engine() -> None:
    words = (
        "import sys, tongxing.config.cli; print({'duckdb', 'pyarrow', 'splink', 'django', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", words], cwd=HOUSE, capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


# --- wrong words ----------------------------------------------------------------------------------------------------

WRONG = [
    (["link"], "Missing argument"),
    (["link", "school.csv"], "Missing option '--out'"),
    (["link", "nowhere.csv", "--out", "new"], "does not exist"),
    (["link", ".", "--out", "new"], "is a directory"),
    (["link", "empty.csv", "--out", "new"], "the file is empty"),
    (["link", "colours.csv", "--out", "new"], "name one, as in --map"),
    (["link", "school.csv", "colours.csv", "--out", "new"], "colours.csv: no column is known"),
    (["link", "school.csv", "--out", "empty.csv"], "--out is a folder"),
    (["link", "school.csv", "--out", "empty.csv/new"], "cannot write"),
    (["link", "school.csv", "--out", "new", "--engine", "abacus"], "'abacus' is not one of"),
    (["link", "school.csv", "--out", "new", "--engine", "spark"], "TONGXING_SPARK_MASTER"),
    (["link", "school.csv", "--out", "new", "--map", "name"], "an equals sign"),
    (["link", "school.csv", "--out", "new", "--map", "name=nmae"], "near it: name"),
    (["link", "school.csv", "--out", "new", "--map", "Name of child=name"], "no list has a column"),
    (["link", "school.csv", "--out", "new", "--map", "sex=name", "--map", "sex=phone"], "mapped twice"),
    (["link", "school.csv", "--out", "new", "--lang", "de"], "'de' is not one of"),
    (["link", "school.csv", "--out", "new", "--as-of", "today"], "does not match the format"),
    (["link", "school.csv", "--out", "new", "--model", "nowhere.json"], "does not exist"),
    (["link", "school.csv", "--out", "new", "--model", "text.json"], "is no model"),
    (["link", "school.csv", "--out", "new", "--model", "school.csv"], "leave --model out"),
    (["link", "school.csv", "--out", "new", "--model", "older.json"], "a model of version 0, this program reads version"),
    (["link", "school.csv", "--out", "new", "--model", "damaged.json"], "a damaged model (missing sex."),
    (["link", "school.csv", "--out", "new", "--model", "names.json"], "names as version 1 of this program"),
    (["identity", "install", "text.json"], "is no model"),
    (["identity", "install", "older.json"], "train it again"),
    (["identity", "train", "school.csv", "--out", "older.json"], "--force replaces it"),
    (["identity", "train", "school.csv", "--out", "new.json"], "pairs of records have something in common"),
    (["identity", "train", "school.csv", "--out", "new.json", "--labels", "colours.csv"], "no column left, right, label"),
    (["identity", "train", "school.csv", "--out", "new.json", "--labels", "labels.csv"], "row 3: s1, s9, same"),
    (["identity", "train", "school.csv", "--out", "new.json", "--labels", "desks.csv"], "name has no level 'loud'"),
    (["identity", "probe", "school.csv", "--top", "0"], "greater than or equal to 1"),
    (["identity", "probe", "school.csv", "--model", "damaged.json"], "--model goes with --register"),
    (["identity", "probe", "empty.csv", "--register", "school.csv"], "the file is empty"),
    (["identity", "prob"], "No such command"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "words"), WRONG)
def test_wrong_words_are_answered_in_one_sentence_and_nothing_is_written(
    folder: Path, typed: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TONGXING_SPARK_MASTER", raising=False)
    monkeypatch.chdir(folder)
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    done = typed_in(*typed)
    assert done.exit_code == 2, done.output
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert not list(folder.glob("*new*")) and not list(folder.glob(".*partial"))


# --- training -------------------------------------------------------------------------------------------------------


def test_a_model_is_trained_with_labels_and_links(tmp_path: Path) -> None:
    made = population("family", 1_500)
    pq.write_table(made.records, tmp_path / "records.parquet")
    persons = dict(zip(made.records["record_id"].to_pylist(), made.truth["person"].to_pylist(), strict=True))
    first: dict[int, str] = {}
    pairs = [(first.setdefault(person, record), record) for record, person in persons.items()]
    same = "".join(f"{left},{right},same\n" for left, right in pairs if left != right)
    (tmp_path / "labels.csv").write_text("left,right,label\n" + same, encoding="utf-8-sig")
    words = ("identity", "train", str(tmp_path / "records.parquet"), "--out", str(tmp_path / "model.json"), "--json")
    card = json.loads(typed_in(*words, "--labels", str(tmp_path / "labels.csv"), "--as-of", "2026-11-22").stdout)
    model = linking.read_model(tmp_path / "model.json")
    assert card["records"] == len(persons) and card["labels"] == same.count("same") > 100
    assert set(card["thresholds"]) == {"link", "review", "possible"}
    assert model.weights != scoring.hand_set().weights
    assert model.card["sha-256 of the records"] == card["sha-256 of the records"]
    words = ("link", str(tmp_path / "records.parquet"), "--model", str(tmp_path / "model.json"))
    assert typed_in(*words, "--out", str(tmp_path / "out")).exit_code == 0
    found = identities(tmp_path / "out")
    together = [found[left] == found[right] for left, right in pairs if left != right]
    assert sum(together) > 0.8 * len(together)
    assert len(set(found.values())) > 0.9 * len(first), "and not by joining everybody"


# --- killed ---------------------------------------------------------------------------------------------------------


def test_a_run_that_is_killed_leaves_no_half_output_and_the_next_one_tidies_up(folder: Path, tmp_path: Path) -> None:
    rows = (f"r{n},王{n % 97},男,2010-01-0{n % 9 + 1},522301,李{n % 31},000138{n:05},," for n in range(20_000))
    (tmp_path / "many.csv").write_text("\n".join([HEADINGS, *rows]))
    words = [
        sys.executable,
        "-m",
        "tongxing.config.cli",
        "link",
        str(tmp_path / "many.csv"),
        "--out",
        str(tmp_path / "o"),
    ]
    running = subprocess.Popen(words, cwd=HOUSE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        _until(lambda: list(tmp_path.glob(".o.*.partial")))
        running.send_signal(signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL
    finally:
        running.kill()
        running.communicate()
    assert not (tmp_path / "o").exists()
    assert list(tmp_path.glob(".o.*.partial")), "the control: it was in the middle"
    with linking.staged(tmp_path / "o") as part:
        (part / linking.REPORT).write_text("whole")
        assert list(tmp_path.glob(".o.*.partial")) == [part]
    assert [path.name for path in (tmp_path / "o").iterdir()] == [linking.REPORT]
    assert not list(tmp_path.glob(".o.*.partial"))


def _until(holds: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_an_error_in_the_middle_leaves_what_was_there_before(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / linking.REPORT).write_text("before")

    def half() -> None:
        with linking.staged(out) as part:
            (part / linking.REPORT).write_text("half")
            raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        half()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (out / linking.REPORT).read_text() == "before"


# --- search ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def probed(folder: Path) -> Iterator[list[dict[str, Any]]]:
    """A girl under another writing of her name, her brother who is in no list, and a stranger; searched in the school."""
    (folder / "probes.csv").write_text(
        f"{HEADINGS}\np1,Li Xiaohe,f,2010-03-05,522301,,,,\np2,李小刚,男,2015-02-02,522301,李国强,00013800001,,\n"
        "p3,司马懿德,男,1999-09-09,650102,,,,\n",
        encoding="utf-8",
    )
    words = ("identity", "probe", str(folder / "probes.csv"), "--register", str(folder / "school.csv"))
    done = typed_in(*words, "--top", "5", "--json")
    assert done.exit_code == 0, done.stderr
    yield json.loads(done.stdout)
    os.remove(folder / "probes.csv")


def test_search_finds_a_person_with_weight_reasons_and_milliseconds(probed: list[dict[str, Any]]) -> None:
    assert [one["probe_id"] for one in probed] == ["p1", "p2", "p3"]
    first = probed[0]["candidates"][0]
    assert first["record_id"] == "s1"
    assert isinstance(first["weight"], float)
    assert {reason["field"]: reason["state"] for reason in first["reasons"]}["birth"] == "same"
    assert all(0 < one["ms"] < 1000 for one in probed)


def test_many_who_agree_just_alike_are_mostly_chance() -> None:
    """Ten born on her birthday in her county weigh more, one by one, than the child whose name was misheard."""
    model = scoring.shipped()
    crowd = [{"record_id": f"c{n}", "weight": model.possible + 3, "verdict": "possible"} for n in range(10)]
    child = {"record_id": "child", "weight": model.possible + 1, "verdict": "possible"}
    assert [one["record_id"] for one in probing.ranked([*crowd, child], model)] == ["child"]
    assert [one["record_id"] for one in probing.ranked([*crowd[:2], child], model)] == ["c0", "c1", "child"]


def test_a_relative_is_family_and_no_candidate(probed: list[dict[str, Any]]) -> None:
    assert not {"s1", "s2"} & {one["record_id"] for one in probed[1]["candidates"]}
    assert {"s1", "s2"} == {one["record_id"] for one in probed[1]["family"]}
    assert (probed[2]["candidates"], probed[2]["family"]) == ([], [])
