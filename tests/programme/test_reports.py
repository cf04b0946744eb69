"""A report goes draft → submitted → returned → submitted → approved → accepted; locks hold in the database too."""

import datetime
import uuid
from contextlib import nullcontext
from itertools import permutations
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError
from django.utils import timezone

from tests import world
from tests.programme import plan
from tongxing.access.acting import Acting
from tongxing.programme.actions import reports as actions
from tongxing.programme.lines import stored
from tongxing.programme.models import Report, ReportedValue, ReportStep
from tongxing.programme.rules import reports as rules
from tongxing.programme.rules.results import Given

CHANGZHOU = ("2.7", "mdgf-changzhou")


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


@pytest.fixture(scope="module")
def lead(planned):
    return world.somebody("coordinator")


def test_the_whole_way_with_a_return_and_its_reason(partner, officer, lead):
    with world.as_(partner):
        report = plan.submitted(partner, {CHANGZHOU: 40}, code="2026-Q2")
    with world.as_(officer):
        report = actions.send_back(
            report_id=report.pk, version=report.version, reason="The list is missing.", by=officer
        )
        assert (report.state, report.returned_for) == ("returned", "The list is missing.")
    with world.as_(partner):
        report = plan.filled(report, partner, {CHANGZHOU: 41})
        report = actions.submit(report_id=report.pk, version=report.version, today=plan.LATER, by=partner)
    with world.as_(officer):
        report = actions.approve(report_id=report.pk, version=report.version, by=officer)
    with world.as_(lead):
        report = actions.accept(report_id=report.pk, version=report.version, by=lead)
        steps = ReportStep.objects.filter(report=report)
        assert [step.kind for step in steps] == [
            *("started", "submitted", "returned", "submitted", "approved", "accepted")
        ]
        sent = [step.content[0]["value"] for step in steps if step.kind == "submitted"]
        assert sent == ["40", "41"]  # each as it was sent
        assert {step.name for step in steps} == {partner.name, officer.name, lead.name}


def test_after_approval_nothing_is_written_but_a_correction_that_keeps_the_old_one(partner, officer):
    report = plan.approved(partner, officer, {CHANGZHOU: 10})
    with world.as_(partner), pytest.raises(actions.NotNow):
        plan.filled(report, partner, {CHANGZHOU: 11})
    with world.as_(partner):
        with pytest.raises(ValueError, match="reason"):
            actions.correct(report_id=report.pk, reason=" ", by=partner)
        second = actions.correct(report_id=report.pk, reason="Two were counted twice.", by=partner)
        assert (second.number, second.state, stored(second)) == (2, "draft", stored(report))
        with pytest.raises(actions.NotNow):
            actions.correct(report_id=report.pk, reason="Once more.", by=partner)
    with world.as_(partner):
        second = plan.filled(second, partner, {CHANGZHOU: 8})
        second = actions.submit(report_id=second.pk, version=second.version, today=plan.LATER, by=partner)
    with world.as_(officer):
        assert Report.objects.current().filter(period=report.period).get() == report
        actions.approve(report_id=second.pk, version=second.version, by=officer)
        assert Report.objects.current().filter(period=report.period).get() == second
        assert [one.value for one in stored(report).values()] == [10]  # still readable


def test_two_people_on_one_draft_never_overwrite_each_other(other):
    with world.as_(other):
        report = plan.started(other, plan.THEIRS)
        seen = report.version
        plan.filled(report, other, {("2.7", "mdgf-zhongshan"): 5})
        with pytest.raises(actions.Stale) as stale:
            actions.save(
                report_id=report.pk,
                version=seen,
                values={plan.key(report, "2.7", "mdgf-zhongshan"): Given(value=6)},
                by=other,
            )
        assert stale.value.report.version == seen + 1
        assert [one.value for one in stored(report).values()] == [5]


def test_what_cannot_be_sent_says_why(other):
    with world.as_(other):
        report = plan.started(other, plan.THEIRS)
        where = ("2.7", "mdgf-zhongshan")
        report = plan.filled(report, other, {where: Given(value=10), (*where, "sex=female"): Given(value=11)})
        with pytest.raises(actions.Incomplete) as why:
            actions.submit(report_id=report.pk, version=report.version, today=datetime.date(2026, 9, 29), by=other)
        assert [problem.code for problem in why.value.problems] == ["early", "excess", "no_evidence"]


def test_last_periods_report_is_copied_into_empty_cells_without_its_evidence(partner, officer):
    with world.as_(partner):
        report = Report.objects.filter(period=plan.period(), organisation__slug=plan.OURS).latest("number")
        report = actions.correct(report_id=report.pk, reason="A look back.", by=partner)
        empty = {plan.key(report, *CHANGZHOU): Given()}
        report = actions.save(report_id=report.pk, version=report.version, values=empty, by=partner)
        report = actions.copy_last(report_id=report.pk, version=report.version, by=partner)
        assert stored(report)[plan.key(report, *CHANGZHOU)] == Given(value=41)


def test_partners_see_and_write_only_their_own_organisation(partner, other):
    with world.as_(other):
        theirs = plan.started(other, plan.THEIRS)
    with world.as_(partner):
        assert not Report.objects.filter(organisation__slug=plan.THEIRS).exists()
        assert not ReportedValue.objects.filter(report_id=theirs.pk).exists()
        assert not ReportStep.objects.filter(report_id=theirs.pk).exists()
        with pytest.raises(Report.DoesNotExist):
            actions.save(report_id=theirs.pk, version=1, values={}, by=partner)
    with world.as_(partner), pytest.raises(DatabaseError, match="row-level security"):
        plan.started(partner, plan.THEIRS, "2026-Q2")


def test_who_submits_does_not_approve_and_who_approves_does_not_accept(officer, lead):
    with world.as_(officer):  # filed for a partner who never logs in
        report = plan.submitted(officer, {("2.7", "mdgf-zhongshan"): 7}, plan.THEIRS, "2026-Q2")
        with pytest.raises(PermissionDenied):
            actions.approve(report_id=report.pk, version=report.version, by=officer)
    by = {"state": "approved", "approved_at": report.submitted_at, "approved_by": officer.user_id}
    with world.as_(officer), pytest.raises(IntegrityError, match="report_four_eyes"):
        Report.objects.filter(pk=report.pk).update(**by)
    with world.as_(lead):
        report = actions.approve(report_id=report.pk, version=report.version, by=lead)
        with pytest.raises(PermissionDenied):
            actions.accept(report_id=report.pk, version=report.version, by=lead)


def forced(house, report: Report, state: str) -> None:
    """Puts a report into a state as nobody but the administrator of the server could, past every trigger."""
    counted = state in rules.COUNTED
    house.sql(
        "postgres",
        f"""set session_replication_role = replica;
            update programme_report set state = '{state}', returned_for = 'x', submitted_at = null,
                   submitted_by_id = null, accepted_at = null, accepted_by_id = null,
                   approved_at = {"now()" if counted else "null"},
                   approved_by_id = {f"'{uuid.uuid4()}'" if counted else "null"}
             where id = '{report.pk}'""",
    )


def went(by: Acting, report: Report, state: str) -> bool:
    """Does SQL that no action stands before bring the report there? Nothing of it stays."""
    written: dict[str, Any] = {"state": state}
    if state == rules.RETURNED:
        written |= {"returned_for": "y"}
    elif state != rules.DRAFT:
        written |= {f"{state}_by": by.user_id, f"{state}_at": timezone.now()}
    try:
        with world.as_(by):
            if Report.objects.filter(pk=report.pk).update(**written):
                raise Backwards
    except Backwards:
        return True
    except DatabaseError:
        pass
    return False


class Backwards(Exception):
    """Rolls back what went through."""


def test_the_database_knows_the_same_way_as_the_rules(house, partner, officer, lead):
    """Every pair of states, tried by everybody."""
    actors = {"partner": partner, "mande": officer, "coordinator": lead}
    with world.as_(partner):
        report = Report.objects.filter(organisation__slug=plan.OURS).open().get()
    found = set()
    for before, after in permutations(rules.STATES, 2):
        forced(house, report, before)
        found |= {(before, after, who) for who, by in actors.items() if went(by, report, after)}
    allowed = {(*move, who) for move, cell in rules.MOVES.items() for who, by in actors.items() if by.may(*cell)}
    assert found == allowed
    forced(house, report, rules.DRAFT)


@pytest.mark.parametrize("state", [*rules.STATES])
def test_no_sql_writes_values_of_a_report_that_is_locked(house, partner, state):
    with world.as_(partner):
        report = Report.objects.filter(organisation__slug=plan.OURS).open().first() or plan.started(partner)
        where = plan.key(report, *CHANGZHOU)
        report = actions.save(
            report_id=report.pk, version=report.version, values={where: Given(value=41, evidence="x")}, by=partner
        )
    forced(house, report, state)
    place = dict(zip(("indicator_id", "site_id", "part"), where, strict=True))
    new = ReportedValue(
        report=report, organisation_id=report.organisation_id, **place | {"part": f"sex={state}"}, value=1
    )
    tries = (
        lambda: ReportedValue.objects.filter(report=report, **place).update(value=1000),
        lambda: new.save(force_insert=True),
    )
    for write in tries:
        is_open = state in rules.OPEN
        with world.as_(partner), nullcontext() if is_open else pytest.raises(IntegrityError, match="locked"):
            write()
    with world.as_(partner), pytest.raises(DatabaseError, match="permission denied"):
        ReportedValue.objects.filter(report=report).delete()
    forced(house, report, rules.DRAFT)


def test_a_value_stays_where_it_belongs_and_what_was_said_stays_said(partner):
    with world.as_(partner), pytest.raises(DatabaseError, match="permission denied"):
        ReportedValue.objects.update(site=None)
    with world.as_(partner), pytest.raises(DatabaseError, match="permission denied"):
        ReportStep.objects.update(words="something else")
    with world.as_(partner):
        report = Report.objects.open().get()
    step = ReportStep(report=report, organisation_id=report.organisation_id, kind="approved", name="me")
    step.user_id = partner.user_id
    with world.as_(partner), pytest.raises(IntegrityError, match="has not happened"):
        step.save(force_insert=True)
