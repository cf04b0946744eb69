"""The framework derives: parents from children by the declared operators, with who has reported beside every number."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.programme import plan
from tongxing.programme import framework as reading
from tongxing.programme.actions import reports as actions
from tongxing.programme.models import Programme
from tongxing.programme.rules.results import Given

AFTER = date(2026, 11, 21)
CHANGZHOU, TIANJIN, ZHONGSHAN = (("2.7", f"mdgf-{city}") for city in ("changzhou", "tianjin", "zhongshan"))


@pytest.fixture(scope="module", autouse=True)
def planned(house):
    plan.loaded()


@pytest.fixture(scope="module")
def partner(planned):
    return world.somebody("partner", plan.HERE)


@pytest.fixture(scope="module")
def other(planned):
    return world.somebody("partner", plan.THERE)


@pytest.fixture(scope="module")
def officer(planned):
    return world.somebody("mande")


def framework(by, organisation=None):
    with world.as_(by):
        programme = Programme.objects.get(code=plan.PROGRAMME)
        found = reading.framework(programme, AFTER, organisation)
        return {row.indicator.number: row for group in found.groups for row in group.rows}


def cell(rows, number, code="2026-Q3"):
    return next(cell for cell in rows[number].cells if cell.period.code == code)


def test_a_draft_counts_nowhere_and_the_first_approval_counts_with_its_coverage(partner, officer):
    with world.as_(partner):
        plan.filled(plan.started(partner), partner, {CHANGZHOU: 40})
    now = cell(framework(officer), "2.7")
    assert (now.number, now.coverage) == (None, reading.Coverage(0, 2))
    ratio = Given(numerator=Decimal(30), denominator=Decimal(40), evidence="x")
    values = {CHANGZHOU: 40, TIANJIN: 10, ("2.8", "mdgf-changzhou"): ratio}
    plan.approved(partner, officer, values)
    now = cell(framework(officer), "2.7")
    assert (now.number, now.target, now.coverage.is_complete, now.timing) == (50, 130, False, "overdue")


def test_the_second_organisation_makes_it_whole_and_percentages_are_ratios_of_sums(other, officer):
    ratio = Given(numerator=Decimal(10), denominator=Decimal(60), evidence="x")
    plan.approved(other, officer, {ZHONGSHAN: 60, ("2.8", "mdgf-zhongshan"): ratio}, organisation=plan.THEIRS)
    rows = framework(officer)
    assert (cell(rows, "2.7").number, cell(rows, "2.7").coverage.is_complete) == (110, True)
    assert cell(rows, "2.8").number == Decimal(40) / 100  # not the mean of 75% and 17%
    assert (rows["2.7"].to_date.value, rows["2.7"].has_gaps) == (110, True)  # the quarter before is missing
    assert cell(rows, "2.7", "2026-Q2").target == 100


def test_a_correction_replaces_the_total_only_when_it_is_approved(partner, officer):
    with world.as_(partner):
        report = plan.started(partner)
        second = actions.correct(report_id=report.pk, reason="Two were counted twice.", by=partner)
        second = plan.filled(second, partner, {CHANGZHOU: 38})
        second = actions.submit(report_id=second.pk, version=second.version, today=plan.LATER, by=partner)
    assert cell(framework(officer), "2.7").number == 110
    with world.as_(officer):
        second = actions.approve(report_id=second.pk, version=second.version, by=officer)
    assert cell(framework(officer), "2.7").number == 108
    with world.as_(officer):
        programme = Programme.objects.get(code=plan.PROGRAMME)
        before, after = (
            next(one for one in reading.approved(programme, moment).indicators if one.number == "2.7").periods[1].number
            for moment in (second.submitted_at, second.approved_at)
        )
    assert (before.value, after.value) == (110, 110)  # rounded to five for the public
    assert (before.state, after.state) == ("rounded", "rounded")


def test_the_child_of_an_organisation_has_its_own_lines_and_targets_only(partner):
    with world.as_(partner):
        from tongxing.programme.calendar import organisation_of

        own = organisation_of(partner)
    rows = framework(partner, own)
    assert set(rows) == {"2.7", "2.8", "2.9"}
    now = cell(rows, "2.7")
    assert (now.number, now.target, now.coverage) == (48, 60, reading.Coverage(1, 1))


def test_what_a_measure_counts_comes_from_records(officer):
    desk = world.somebody("front_desk", "changzhou-2")
    before = cell(framework(officer), "2.6").number
    with world.as_(desk):
        world.registered(desk, world.child(on=date(2026, 8, 5)))
    assert (before, cell(framework(officer), "2.6").number) == (0, 1)
    rows = framework(officer)
    assert cell(rows, "2.6").coverage == reading.Coverage(0, 0)
    # Distinct children of two periods are never added up; the measure says so, whatever the plan says.
    assert cell(rows, "3.1").number == 1
    assert rows["3.1"].to_date == Given()


def test_small_numbers_of_persons_do_not_leave(other, officer):
    plan.approved(other, officer, {ZHONGSHAN: 7}, organisation=plan.THEIRS, code="2026-Q2")
    with world.as_(officer):
        found = reading.approved(Programme.objects.get(code=plan.PROGRAMME)).indicators
    trained = next(one for one in found if one.number == "2.7")
    first = trained.periods[0]
    assert (first.number.is_withheld, first.number.value, first.is_complete) == (True, None, False)
    assert {one.number for one in found} == {"2.7", "2.8"}  # neither words nor what comes from records


def test_nothing_public_needs_an_acting_context(house):
    assert reading.approved(Programme.objects.get(code=plan.PROGRAMME)).indicators


def test_the_number_of_queries_does_not_grow_with_the_plan(officer):
    def asked() -> int:
        with world.as_(officer), CaptureQueriesContext(connection) as seen:
            reading.framework(Programme.objects.get(code=plan.PROGRAMME), AFTER)
        return len(seen)

    def on_the_page() -> int:
        sent: list[str] = []

        def counted(execute, sql, *rest):
            sent.append(sql)
            return execute(sql, *rest)

        page = world.client(officer)
        with connection.execute_wrapper(counted), connections["counter"].execute_wrapper(counted):
            assert page.get("/en/results/").status_code == 200
        return len(sent) + 3  # facts, links and places come by COPY

    before, page_before = asked(), on_the_page()
    plan.loaded(*(plan.trained(number=f"2.{number}") for number in range(20, 60)))
    assert asked() == before <= 10
    assert on_the_page() == page_before <= 25
