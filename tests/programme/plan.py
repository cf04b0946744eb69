"""A small plan for tests: two organisations at two sites report three indicators; a fourth comes from records."""

from datetime import date
from typing import Any

from tests import world
from tongxing.access.acting import Acting
from tongxing.organisations.models import Organisation
from tongxing.programme.actions import load_framework
from tongxing.programme.actions import reports as actions
from tongxing.programme.lines import Key, lines_of
from tongxing.programme.models import Report, ReportingPeriod
from tongxing.programme.rules.results import Given

PROGRAMME = "MDGF-1880-H-CHN"
HERE, THERE = "changzhou-office", "zhongshan-office"  # centres where the partners of the two organisations work
OURS, THEIRS = "changzhou-women", "zhongshan-authority"
LATER = date(2026, 10, 1)  # both quarters are over, the second is due


def said(words: str) -> dict[str, str]:
    return {"zh": words, "en": words, "mn": words}


DIMENSIONS = {
    "sex": {"title": said("sex"), "parts": {"female": said("female"), "male": said("male")}},
    "age": {"title": said("age"), "parts": {"child": said("under 18"), "adult": said("from 18")}},
}
PERIODS = {
    "2026-Q2": {"starts_on": "2026-04-01", "ends_on": "2026-06-30", "due_on": "2026-07-15"},
    "2026-Q3": {"starts_on": "2026-07-01", "ends_on": "2026-09-30", "due_on": "2026-10-21"},
}
BOTH = {OURS: ["mdgf-changzhou", "mdgf-tianjin"], THEIRS: ["mdgf-zhongshan"]}


def indicator(number: str, **changed: Any) -> dict[str, Any]:
    words = {"title": said(f"indicator {number}"), "unit": said("people"), "definition": said("defined")}
    return words | {"number": number, "population": said("who"), "reported_by": BOTH} | changed


def trained(**changed: Any) -> dict[str, Any]:
    """Persons trained, by sex, by age and by both."""
    by = [["sex"], ["age"], ["sex", "age"]]
    targets = {"2026-Q2": 100, "2026-Q3": {"mdgf-changzhou": 60, "mdgf-zhongshan": 70}}
    return indicator("2.7", topic="persons", disaggregations=by, targets=targets) | changed


def placed(**changed: Any) -> dict[str, Any]:
    """The share of those trained who found work."""
    return indicator("2.8", topic="persons", kind="percentage", additivity="ratio", targets={"2026-Q3": 80}) | changed


def data(*indicators: dict[str, Any], **changed: Any) -> dict[str, Any]:
    known = indicators or (
        trained(),
        placed(),
        indicator("2.9", kind="qualitative", over_time="none", over_place="none", reported_by={OURS: []}),
        indicator("2.6", measure="registrations", reported_by={}),
    )
    outputs = [{"number": "2.1", "title": said("courses"), "indicators": [*known]}]
    plan = {"programme": PROGRAMME, "dimensions": DIMENSIONS, "periods": PERIODS}
    return plan | {"outcomes": [{"number": 2, "outputs": outputs}]} | changed


def loaded(*indicators: dict[str, Any], **changed: Any) -> None:
    load_framework(data(*indicators, **changed), "test.yaml")


def period(code: str = "2026-Q3") -> ReportingPeriod:
    return ReportingPeriod.objects.get(programme__code=PROGRAMME, code=code)


def started(by: Acting, organisation: str = OURS, code: str = "2026-Q3") -> Report:
    return actions.start(period=period(code), organisation=Organisation.objects.get(slug=organisation), by=by)


def key(report: Report, number: str, site: str = "", part: str = "") -> Key:
    """The cell of a report by words: `key(report, "2.7", "mdgf-changzhou", "sex=female")`."""
    for line in lines_of(report):
        if line.indicator.number == number and (line.site.slug if line.site else "") == site:
            for cell in line.cells:
                if cell.key[2] == part:
                    return cell.key
    raise KeyError((number, site, part))


def filled(report: Report, by: Acting, values: dict[tuple[str, ...], Any]) -> Report:
    """Save values by words; a plain number has evidence."""
    cells = {}
    for where, value in values.items():
        one = value if isinstance(value, Given) else Given(value=value, evidence="list of names (demonstration)")
        cells[key(report, *where)] = one
    return actions.save(report_id=report.pk, version=report.version, values=cells, by=by)


def submitted(
    by: Acting, values: dict[tuple[str, ...], Any], organisation: str = OURS, code: str = "2026-Q3"
) -> Report:
    report = filled(started(by, organisation, code), by, values)
    return actions.submit(report_id=report.pk, version=report.version, today=LATER, by=by)


def approved(by: Acting, officer: Acting, values: dict[tuple[str, ...], Any], **where: Any) -> Report:
    """A report of `by` that `officer` approved."""
    with world.as_(by):
        report = submitted(by, values, **where)
    with world.as_(officer):
        return actions.approve(report_id=report.pk, version=report.version, by=officer)
