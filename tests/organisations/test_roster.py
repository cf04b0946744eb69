"""The staff roster: what each row would bring, all of it or nothing, and nothing the second time."""

from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import world
from tongxing.access.acting import Acting
from tongxing.access.models import User
from tongxing.core.spreadsheets import Sheet, workbook
from tongxing.organisations import accounts, roster
from tongxing.organisations.account_models import Proposal

GOOD = ("li.na", "李娜（演示）", "zh-hans", "front_desk", "changzhou-2", "2026-12-01", "")
PAGE = "/en/accounts/roster/"


@pytest.fixture(scope="module")
def security(house) -> Acting:
    return world.somebody("security")


def book(*rows: tuple[Any, ...]) -> bytes:
    return workbook([Sheet("Staff", roster.COLUMNS, rows)])


def taken(content: bytes, by: Acting, *, write: bool = False) -> roster.Report:
    with world.as_(by):
        return roster.take(roster.read(content), write=write, by=by)


def outcomes(report: roster.Report) -> list[str]:
    return [line.outcome for line in report.lines]


def test_the_template_has_three_languages_and_reads_back_as_no_rows(house) -> None:
    content = roster.template()
    sheets = openpyxl.load_workbook(BytesIO(content)).worksheets
    heading = sheets[0]["A1"].value
    assert heading.count("\n") == 2 and "Log-in" in heading
    assert [sheet.title for sheet in sheets] == ["Staff", "Roles", "Centres"]
    assert "changzhou-2" in [row[0] for row in sheets[2].iter_rows(values_only=True)]
    assert roster.read(content) == []


def test_a_look_changes_nothing_taking_over_does_and_the_same_file_again_changes_nothing(security) -> None:
    rows = (GOOD, ("li.na", GOOD[1], "zh-hans", "case_worker", "changzhou-1", "2026-12-01", "2027-06-01"))
    rows = (*rows, ("bat.erdene", "Бат-Эрдэнэ (жишээ)", "mn", "mande", "", "2026-12-01", ""))
    content = book(*rows)
    assert outcomes(taken(content, security)) == ["new", "place", "new"]
    assert not User.objects.using("owner").filter(login="li.na").exists()
    assert outcomes(taken(content, security, write=True)) == ["new", "place", "new"]
    made = User.objects.using("owner").get(login="li.na")
    assert (made.password, made.totp_sealed, made.memberships.using("owner").count()) == ("!", "", 0)
    assert Proposal.objects.using("owner").filter(user=made, answer="").count() == 2
    before = (User.objects.using("owner").count(), Proposal.objects.using("owner").count())
    assert outcomes(taken(content, security, write=True)) == ["same"] * 3
    assert (User.objects.using("owner").count(), Proposal.objects.using("owner").count()) == before


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        (0, "李娜", "small letters"),
        (1, "", "name is missing"),
        (2, "fr", "language"),
        (3, "boss", "no role"),
        (4, "nowhere", "no centre"),
        (4, "", "no centre"),
        (5, "", "missing"),
        (5, "next week", "is no day"),
        (6, "2026-11-30", "later than"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_of_the_file_is_taken(security, place: int, value: str, why: str) -> None:
    wrong = tuple(
        value if number == place else cell for number, cell in enumerate(("wang.wu", "王五（演示）", *GOOD[2:]))
    )
    good = ("zhao.liu", "赵六（演示）", *GOOD[2:])
    report = taken(book(good, wrong), security, write=True)
    assert outcomes(report) == ["new", "refused"] and why in report.lines[1].why
    assert not User.objects.using("owner").filter(login__in=["wang.wu", "zhao.liu"]).exists()


def test_a_fixed_term_is_taken_once_renewed_and_never_doubled(security) -> None:
    def term(starts_on: str, ends_on: str) -> bytes:
        return book(("term.one", "限期（演示）", *GOOD[2:5], starts_on, ends_on))

    first, whole = term("2096-12-01", "2097-06-01"), term("2097-01-01", "")
    assert outcomes(taken(first, security, write=True)) == ["new"]
    assert outcomes(taken(first, security)) == outcomes(taken(whole, security)) == ["same"]
    after = term("2097-06-01", "2097-12-01")
    assert outcomes(taken(after, security)) == ["refused"], "one proposal at a time: said, not lost"
    confirmed_by = world.somebody("coordinator")
    with world.as_(confirmed_by):
        accounts.decide(Proposal.objects.get(login="term.one", answer=""), confirm=True, by=confirmed_by)
    assert outcomes(taken(first, security)) == ["same"]
    assert outcomes(taken(after, security, write=True)) == ["place"]
    assert outcomes(taken(after, security)) == ["same"]


def test_no_row_is_lost_without_a_word(security) -> None:
    alone = ("chen.qi", "", "", "", "", "", "")
    with_heading, without = book(GOOD, alone), workbook([Sheet("Staff", GOOD, [alone])])
    assert [row.cells[0].text for row in roster.read(with_heading)] == ["li.na", "chen.qi"]
    assert [row.cells[0].text for row in roster.read(without)] == ["li.na", "chen.qi"]
    assert outcomes(taken(without, security))[1] == "refused"


def test_administrators_are_not_combined_through_a_file(security) -> None:
    both = [("sun.qi", "孙七（演示）", "zh-hans", role, "", "2026-12-01", "") for role in ("audit", "system")]
    assert outcomes(taken(book(*both), security)) == ["new", "refused"]
    me = User.objects.using("owner").get(id=security.user_id)
    report = taken(book((me.login, me.name, "en", "coordinator", "", "2026-12-01", "")), security)
    assert outcomes(report) == ["refused"]


def test_a_login_of_somebody_with_another_name_is_refused(security) -> None:
    taken(book(("one.login", "甲（演示）", *GOOD[2:])), security, write=True)
    report = taken(book(("one.login", "乙（演示）", *GOOD[2:])), security, write=True)
    assert outcomes(report) == ["refused"] and "another name" in report.lines[0].why


def test_the_page_shows_rows_first_and_takes_over_what_was_shown(security) -> None:
    browser = world.client(security)
    name = "钱八（演示）"
    content = book(("qian.ba", name, *GOOD[2:]))
    shown = browser.post(PAGE, {"file": SimpleUploadedFile("staff.xlsx", content)})
    assert shown.status_code == 200 and "new account" in shown.content.decode()
    assert not User.objects.using("owner").filter(login="qian.ba").exists()
    done = browser.post(PAGE, {"content": shown.context["content"]})
    assert done.status_code == 200 and "Taken over" in done.content.decode()
    assert User.objects.using("owner").get(login="qian.ba").name == name
    assert browser.post(PAGE, {"content": "forged"}).status_code == 422


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 cut"])
def test_what_is_no_workbook_is_said_in_words(security, content: bytes) -> None:
    answer = world.client(security).post(PAGE, {"file": SimpleUploadedFile("staff.xlsx", content)})
    assert answer.status_code == 422
    assert "workbook" in answer.content.decode() or "empty" in answer.content.decode()


def test_nobody_else_opens_it(house) -> None:
    for role in ("coordinator", "system", "audit"):
        assert world.client(world.somebody(role)).get(PAGE).status_code in (403, 404)
