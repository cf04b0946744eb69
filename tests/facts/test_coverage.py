"""Published figures about the population behind: shown with source, divided by only where everything fits."""

import dataclasses
import datetime
import uuid
from decimal import Decimal

import pytest

from tests.world import as_, centre_id, client, somebody
from tongxing import facts
from tongxing.facts.coverage import Reached, Unfit, coverage, misfits
from tongxing.facts.models import ReferenceStatistic
from tongxing.facts.results import Period

YEAR = Period(datetime.date(2025, 1, 1), datetime.date(2025, 12, 31))
REACHED = Reached("children_registered", "migrant-children", "320404", YEAR)


def statistic(**changed: object) -> ReferenceStatistic:
    """A published figure that fits: so many migrant children of one district in one year (demonstration)."""
    given = {"code": "demonstration", "position": 1, "qualifier": "between", "low": Decimal(100), "high": Decimal(150)}
    given |= {"population": "migrant-children", "place": "320404", "year": 2025}
    return ReferenceStatistic(**given | changed)


@pytest.fixture(scope="module")
def sixty(house) -> None:
    """Sixty children, all different; four of them came in January."""
    with as_(somebody("front_desk", "changzhou-2")) as by:
        drafts = [
            facts.Draft(
                kind="child_registered",
                occurred_on=datetime.date(2025, 1 if number < 4 else 5, 1),
                source="procedures.Registration",
                source_id=uuid.uuid4(),
                subject=uuid.uuid4(),
                centre_id=centre_id("changzhou-2"),
            )
            for number in range(60)
        ]
        facts.record(drafts, by=by)


def test_coverage_is_a_range_where_the_source_gives_one(sixty) -> None:
    found = coverage(statistic(), REACHED)
    assert found.reached.text("en") == "60"
    assert (found.low, found.high) == (Decimal("40.0"), Decimal("60.0"))


def test_coverage_is_made_from_the_protected_number(house, sixty) -> None:
    few = dataclasses.replace(REACHED, period=Period(datetime.date(2025, 1, 1), datetime.date(2025, 1, 31)))
    found = coverage(statistic(), few)
    assert found.reached.is_withheld
    assert (found.low, found.high) == (None, None)


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        ({"unit": "%"}, ("unit",)),
        ({"population": "migrant-workers"}, ("population",)),
        ({"place": "CN"}, ("place",)),
        ({"place": ""}, ("place_not_stated",)),
        ({"year": None}, ("year_not_stated",)),
        ({"year": 2024}, ("year",)),
        ({"year": None, "place": "", "population": "x"}, ("population", "place_not_stated", "year_not_stated")),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(house, changed: dict[str, object], reasons: tuple) -> None:
    with pytest.raises(Unfit) as refused:
        coverage(statistic(**changed), REACHED)
    assert refused.value.reasons == reasons


def test_a_period_over_two_years_fits_no_year() -> None:
    two = Period(datetime.date(2025, 7, 1), datetime.date(2026, 6, 30))
    assert misfits(statistic(), dataclasses.replace(REACHED, period=two)) == ("year",)


def test_none_of_the_pages_own_statistics_is_a_denominator_for_children_registered(house) -> None:
    """They are of workers, of the whole country, and of no stated year."""
    shipped = list(ReferenceStatistic.objects.all())
    assert len(shipped) == 6
    assert all({"population", "place", "year_not_stated"} <= set(misfits(one, REACHED)) for one in shipped)


def test_the_public_page_gives_source_words_and_what_is_not_stated(house) -> None:
    text = client().get("/en/reference/").content.decode()
    for words in (
        "between 130 and 150 million domestic migrant workers",
        "some 85 million",
        "58% of rural migrants",
        "Of these 41% are women",
        "60% are 30 years of age or less",
        "almost a half of all migrant workers",
        "UNDP China",
        "MPTF Office Gateway",
    ):
        assert words in text
    assert text.count("not stated in the source") == 12, "neither page gives a year or a date"
    for language in ("zh-hans", "mn"):
        assert client().get(f"/{language}/reference/").status_code == 200
