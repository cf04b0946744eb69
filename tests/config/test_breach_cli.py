"""`tongxing audit breach`: the draft of the page in a file, by an audit administrator, leaving a trace."""

import pytest
import typer
from django.utils import timezone

from tests import world
from tongxing.access.models import ReadNote, User
from tongxing.config import audit_cli

NAME = "戚小雁"


def login_of(by) -> str:
    return str(User.objects.using("owner").get(id=by.user_id).login)


@pytest.fixture(scope="module")
def seen(house, desk):
    with world.as_(desk):
        person = world.registered(desk, world.child(NAME)).person
    assert world.client(desk).get(f"/en/people/{person.id}/").status_code == 200
    return person


@pytest.fixture(scope="module")
def window(seen, desk) -> dict[str, str]:
    day = timezone.timedelta(days=2)
    return {
        "login": login_of(desk),
        "since": f"{timezone.localdate() - day:%Y-%m-%d}",
        "until": f"{timezone.localdate() + day:%Y-%m-%d}",
    }


@pytest.fixture(scope="module")
def auditor(house):
    return world.somebody("audit")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "article 57"), ("zh-hans", "第五十七条"), ("mn", "57 дугаар зүйл")]
)
def test_the_file_says_what_the_page_says_and_names_no_child(seen, window, auditor, language, words) -> None:
    before = ReadNote.objects.using("owner").filter(user_id=auditor.user_id).count()
    told = audit_cli.breach_sheet(window, login_of(auditor), language)
    assert words in told and seen.number in told and window["login"] in told and NAME not in told
    page = world.client(auditor).get(f"/{language}/audit/breach/", window).content.decode()
    assert seen.number in page and words in page
    # A look from the command line and one from the page: both stand in the log.
    assert ReadNote.objects.using("owner").filter(user_id=auditor.user_id).count() == before + 2


def test_nobody_but_an_audit_administrator_gathers_it(window, desk) -> None:
    for login in (login_of(desk), login_of(world.somebody("system")), "nobody"):
        with pytest.raises(typer.BadParameter, match="no audit administrator"):
            audit_cli.breach_sheet(window, login, "en")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"login": "x"}, "No account has this log-in"),
        ({"since": "2026-01-01"}, "at most three months"),
        ({"since": ""}, "first and the last day"),
    ],
)
def test_what_cannot_be_gathered_is_said(window, auditor, changed, words) -> None:
    with pytest.raises(typer.BadParameter, match=words):
        audit_cli.breach_sheet(window | changed, login_of(auditor), "en")


def test_a_file_that_is_there_is_not_replaced(tmp_path) -> None:
    there = tmp_path / "draft.html"
    there.write_text("signed")
    with pytest.raises(typer.BadParameter, match="there already"):
        audit_cli.breach("x", "2026-11-01", "2026-11-02", "audit", there)
    assert there.read_text() == "signed"
