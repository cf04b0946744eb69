"""Reports of the demonstration: a year of quarters, most of them approved; one overdue, one returned, one to review."""

import datetime
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from ruamel.yaml import YAML

from tongxing.access.acting import Acting
from tongxing.access.context import acting_as
from tongxing.core.jurisdiction import jurisdiction
from tongxing.organisations.models import Organisation
from tongxing.programme.actions import load_framework
from tongxing.programme.actions import reports as actions
from tongxing.programme.lines import Key, Line, lines_of
from tongxing.programme.models import Report, ReportingPeriod
from tongxing.programme.rules.results import Given

PLAN = Path(__file__).with_name("framework.yaml")
EARLIER, LATER = 3, 1  # quarters before and after the present one
IN_TIME = 15  # working days after the end
NEVER_BEGUN, RETURNED, TO_REVIEW = "cangzhou-women", "zhongshan-authority", "tianjin-women"
PARTNER = "changzhou-women"  # the partner who signs in: everything but the newest quarter is reported
EVIDENCE = "名册第 12 页（演示）"
WORDS = "与市政府召开两次协调会，形成意见稿（演示）。"
ASKED = "请补充学员名册的页码（演示）。"
Account = Callable[[str, str], Acting]  # (login, role) → who acts


def plan(today: datetime.date) -> None:
    """The plan with quarters around `today`, as owner; targets rise from quarter to quarter."""
    data: dict[str, Any] = YAML(typ="safe").load(PLAN.read_text("utf-8"))
    data["periods"] = quarters(today)
    for outcome in data["outcomes"]:
        for group in (outcome, *outcome.get("outputs", ())):
            for indicator in group.get("indicators", ()):
                if indicator["number"] in TARGETS:
                    first, step = TARGETS[indicator["number"]]
                    indicator["targets"] = {code: first + n * step for n, code in enumerate(data["periods"])}
    load_framework(data, PLAN.name)


TARGETS = {"2.2": (150, 10), "2.3": (60, 0), "3.2": (800, 50), "3.3": (19, 0), "3.5": (140, 20)}


def quarters(today: datetime.date) -> dict[str, dict[str, datetime.date]]:
    """Quarters from three before today's to one after it, each due fifteen working days after its end."""
    present = today.year * 4 + (today.month - 1) // 3
    days = jurisdiction("CN").calendar
    found = {}
    for number in range(present - EARLIER, present + LATER + 1):
        starts, after = (datetime.date(n // 4, n % 4 * 3 + 1, 1) for n in (number, number + 1))
        ends = after - datetime.timedelta(days=1)
        due = days.add_working_days(ends, IN_TIME)
        found[f"{number // 4}-Q{number % 4 + 1}"] = {"starts_on": starts, "ends_on": ends, "due_on": due}
    return found


def reports(account: Account, today: datetime.date, progress: Callable[[str, int, int], None]) -> None:
    """Files the reports of the ended quarters as M&E does for partners who never log in; the coordinator approves."""
    officer, lead = account("mande", "mande"), account("lead", "coordinator")
    bodies = list(Organisation.objects.using("owner").filter(undertakings__isnull=False).distinct().order_by("slug"))
    ended = list(ReportingPeriod.objects.using("owner").filter(ends_on__lt=today))
    for done, period in enumerate(ended, 1):
        for body in bodies:
            newest = period == ended[-1]
            if (newest and body.slug == PARTNER) or (period == ended[-2] and body.slug == NEVER_BEGUN):
                continue
            sent = _sent(period, body, officer, today)
            if not (newest and body.slug == TO_REVIEW):
                _decided(sent, lead, returned=newest and body.slug == RETURNED)
        progress("reports", done, len(ended))


def _sent(period: ReportingPeriod, body: Organisation, by: Acting, today: datetime.date) -> Report:
    dice = random.Random(f"{body.slug}-{period.code}")
    with transaction.atomic(), acting_as(by):
        report = actions.start(period=period, organisation=body, by=by)
        values: dict[Key, Given] = {}
        for line in lines_of(report):
            values |= _values(line, dice)
        report = actions.save(report_id=report.pk, version=report.version, values=values, by=by)
        return actions.submit(report_id=report.pk, version=report.version, today=today, by=by)


def _values(line: Line, dice: random.Random) -> dict[Key, Given]:
    """A total, and parts of which a few people are not stated."""
    if line.indicator.kind == "qualitative":
        return {line.total.key: Given(text=WORDS)}
    if line.indicator.kind == "percentage":
        below = Decimal(dice.randrange(24, 60))
        return {
            line.total.key: Given(numerator=below * dice.randrange(5, 8) // 10, denominator=below, evidence=EVIDENCE)
        }
    total = dice.randrange(30, 70)
    values = {line.total.key: Given(value=Decimal(total), evidence=EVIDENCE)}
    for cell in line.cells[1:]:
        values[cell.key] = Given(value=Decimal(total * 45 // (100 if len(cell.part) == 1 else 210)))
    return values


def _decided(report: Report, by: Acting, *, returned: bool) -> None:
    with transaction.atomic(), acting_as(by):
        if returned:
            actions.send_back(report_id=report.pk, version=report.version, reason=ASKED, by=by)
        else:
            actions.approve(report_id=report.pk, version=report.version, by=by)
