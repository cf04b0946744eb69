"""Which reports are expected, where they stand, and which are due or overdue: for lists, badges and Today."""

import datetime
import uuid
from collections import Counter
from dataclasses import dataclass

from tongxing.access.acting import Acting
from tongxing.organisations.models import Centre, Organisation
from tongxing.programme.models import Report, ReportingPeriod, Undertaking
from tongxing.programme.rules import reports as rules


@dataclass(frozen=True)
class Expected:
    """One organisation's report of one period; `report` is the one with the highest number, None while not begun."""

    organisation: Organisation
    period: ReportingPeriod
    report: Report | None
    timing: str

    @property
    def state(self) -> str:
        return self.report.state if self.report else ""

    @property
    def is_late(self) -> bool:
        return self.timing == rules.OVERDUE


def organisation_of(by: Acting) -> uuid.UUID | None:
    """Whose reports somebody writes: the organisation of the centre where a partner works; None for national roles."""
    if by.is_national:
        return None
    return Centre.objects.values_list("organisation_id", flat=True).get(pk=by.place)


def expected(by: Acting, today: datetime.date, programme: str = "") -> list[Expected]:
    """Every report that is expected of whom `by` may see, of periods that have begun; newest period first. 4 queries."""
    own = organisation_of(by)
    undertaken = Undertaking.objects.filter(indicator__measure="")
    if own:
        undertaken = undertaken.filter(organisation=own)
    pairs = set(undertaken.values_list("indicator__outcome__programme_id", "organisation_id"))
    bodies = Organisation.objects.in_bulk({organisation for _programme, organisation in pairs})
    periods = ReportingPeriod.objects.filter(starts_on__lte=today).select_related("programme")
    if programme:
        periods = periods.filter(programme__code=programme)
    newest = {(r.organisation_id, r.period_id): r for r in Report.objects.newest()}
    found = []
    for period in periods.order_by("-starts_on", "programme__code"):
        for body in sorted((bodies[o] for p, o in pairs if p == period.programme_id), key=lambda o: o.slug):
            report = newest.get((body.pk, period.pk))
            # A correction under way does not make a report late that was approved in time.
            state = rules.APPROVED if report and report.number > 1 else report.state if report else ""
            found.append(Expected(body, period, report, rules.timing(period.window, state, today)))
    return found


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody: own reports that are due or late; for reviewers what was sent and what may be accepted."""

    due: int
    overdue: int
    to_review: int
    to_accept: int

    def of(self, by: Acting) -> int:
        """The number beside the page in the bar."""
        if by.may("acceptance", "change"):
            return self.to_accept
        return self.to_review if by.may("review", "change") else self.due + self.overdue


def waiting(by: Acting, today: datetime.date) -> Waiting:
    """Counts of `expected`."""
    return counted(expected(by, today))


def counted(all_expected: list[Expected]) -> Waiting:
    timings = Counter(one.timing for one in all_expected)
    states = Counter(one.state for one in all_expected)
    return Waiting(
        due=timings[rules.DUE],
        overdue=timings[rules.OVERDUE],
        to_review=states[rules.SUBMITTED],
        to_accept=states[rules.APPROVED],
    )
