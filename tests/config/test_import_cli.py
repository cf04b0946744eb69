"""`tongxing import persons`: a dry run registers nobody, the run itself whom it can, and again it does nothing more."""

from pathlib import Path

import pytest
import typer

from tests import world
from tests.procedures import lists
from tongxing.access.models import User
from tongxing.config import import_cli


@pytest.fixture(scope="module")
def login(house) -> str:
    return str(User.objects.using("owner").get(id=world.somebody("front_desk", "changzhou-2").user_id).login)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_bytes(lists.as_csv([lists.child(1), lists.child(2, 同意日期="不知道")], encoding="gb18030"))
    return path


def run(file: Path, login: str, *, dry_run: bool = False, centre: str = "changzhou-2"):
    return import_cli._imported(file, centre, login, dry_run, "en")


def registered(house) -> int:
    return house.sql("tx_owner", "select count(*) from procedures_registration")[0][0]


def test_dry_run_then_import_then_again(house, login, file) -> None:
    dry = run(file, login, dry_run=True)
    assert (dry["state"], dry["rows"], registered(house)) == ("checked", {"ready": 1, "refused": 1}, 0)
    [row] = dry["to_look_at"]
    assert (row["row"], [one["cell"] for one in row["troubles"]]) == (3, ["F3"])
    done = run(file, login)
    assert (done["state"], done["rows"], registered(house)) == ("done", {"imported": 1, "refused": 1}, 1)
    again = run(file, login)
    assert (again["came_before"], again["rows"], registered(house)) == (True, done["rows"], 1)


def test_nobody_imports_where_he_does_not_work(login, file) -> None:
    with pytest.raises(typer.BadParameter):
        run(file, login, centre="zhongshan-1")


def test_a_file_that_is_no_list_says_why(login, file) -> None:
    file.write_bytes(b"%PDF-1.7")
    told = run(file, login)
    assert (told["state"], told["rows"]) == ("refused", {})
    assert "PDF" in told["why"]
