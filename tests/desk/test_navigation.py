"""The bar shows what a role may open, and only what exists."""

import uuid

import pytest
from django.urls import reverse

from tongxing.access.acting import Acting
from tongxing.desk import navigation
from tongxing.desk.navigation import WORK, Badge, Page, entries


@pytest.fixture(autouse=True)
def _without_badges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Badges count rows; the bar itself needs no database. The pages are loaded first: they declare them."""
    reverse("desk:home")
    monkeypatch.setattr(navigation, "_badges", {})


def acting(role: str) -> Acting:
    return Acting(user_id=uuid.uuid4(), name="somebody (demonstration)", role=role, centre_id=uuid.uuid4())


def names(role: str) -> list[str]:
    return [entry.url_name for entry in entries(WORK, "", acting(role))]


DESK = ["desk:today", "registry:search", "procedures:referral_list", "procedures:roster_list"]
OFFICER = ["publishing:figures", "facts:extracts", "programme:calendar", "programme:framework", "programme:programmes"]
LOG = ["audit:findings", "audit:trace", "audit:events", "audit:breach", "audit:seals"]


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("front_desk", [*DESK, "programme:voice_take", "rights:requests"]),
        (
            "case_worker",
            [*DESK, "registry:review", "programme:voice_take", "programme:voice_list", "rights:requests"],
        ),
        ("police", ["registry:search", "procedures:registration_list"]),
        ("receiver", ["procedures:referral_list"]),
        ("partner", ["programme:calendar", "programme:framework"]),
        ("mande", [*OFFICER, "programme:voice_changes"]),
        (
            "coordinator",
            [
                *OFFICER,
                *("organisations:proposals", "publishing:editions", "programme:voice_list", "registry:linking_runs"),
            ],
        ),
        (
            "safeguarding",
            ["registry:review", "registry:alerts", "programme:voice_list", "rights:requests", "registry:linking_runs"],
        ),
        ("protection", ["rights:requests", "rights:halts", "rights:purges"]),
        ("system", ["operations:operations", "rights:purges"]),
        ("security", ["organisations:accounts", "organisations:access_review", "organisations:proposals"]),
        ("audit", [*LOG, "rights:purges"]),
    ],
)
def test_each_role_sees_its_own_pages(role: str, seen: list[str]) -> None:
    assert names(role) == seen


def test_nobody_signed_in_sees_no_page_of_work() -> None:
    assert entries(WORK, "") == []


def test_a_page_that_does_not_exist_is_left_out() -> None:
    assert entries((Page("nowhere:at_all", "Nowhere"), Page("desk:home", "Home")), "")[0].url == reverse("desk:home")


@pytest.mark.parametrize(
    ("view_name", "current"),
    [
        ("registry:person", "registry:search"),
        ("procedures:registration_tasks", "registry:search"),
        ("procedures:refer", "registry:search"),
        ("procedures:referral", "procedures:referral_list"),
        ("desk:today", "desk:today"),
        ("desk:home", None),
    ],
)
def test_the_entry_that_covers_the_page_is_marked(view_name: str, current: str | None) -> None:
    marked = [entry.url_name for entry in entries(WORK, view_name, acting("front_desk")) if entry.is_current]
    assert marked == ([current] if current else [])


def test_a_badge_counts_for_the_one_who_acts() -> None:
    navigation.badge("desk:today")(lambda by: Badge(3, "overdue", urgent=True) if by.role == "front_desk" else None)
    assert entries(WORK, "", acting("front_desk"))[0].badge == Badge(3, "overdue", urgent=True)
    assert entries(WORK, "", acting("case_worker"))[0].badge is None
