"""Words of reports for pages and sheets: states, times, why a value was refused, what is missing before sending."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxing.core.date_forms import long_date
from tongxing.core.i18n import Text
from tongxing.programme.actions.reports import Problem
from tongxing.programme.lines import Line, part_label
from tongxing.programme.models import Dimension, Report

COLOURS = {
    "": "grey",
    "draft": "grey",
    "submitted": "yellow",
    "returned": "red",
    "approved": "green",
    "accepted": "green",
}
TIMES = {
    "not_yet": gettext_lazy("Not begun"),
    "coming": gettext_lazy("Period still running"),
    "due": gettext_lazy("Due"),
    "overdue": gettext_lazy("Overdue"),
    "done": gettext_lazy("Reported"),
}
REFUSALS = {
    "no_number": gettext_lazy("Enter a number, for example 120 or 12.5"),
    "too_large": gettext_lazy("This number is too large; check the unit"),
    "too_fine": gettext_lazy("At most four decimals are kept; nothing is rounded for you"),
    "not_whole": gettext_lazy("Enter a whole number: this counts people or centres"),
    "negative": gettext_lazy("Enter zero or more"),
    "half_a_ratio": gettext_lazy("Enter both numbers of the percentage, or neither"),
    "zero_denominator": gettext_lazy("The second number of a percentage is more than zero"),
}


def state_word(state: str) -> str:
    """The state in words; a report that nobody began has none."""
    return str(Report.State(state).label) if state else _("Not begun")


def line_name(line: Line) -> str:
    """The number of the indicator and the site: `2.7 · Changzhou`."""
    return f"{line.indicator.number} · {line.site.name}" if line.site else line.indicator.number


def problem_text(problem: Problem, language: str) -> str:
    """What must be mended before sending, in a sentence that says where."""
    if problem.code == "early":
        day = long_date(problem.detail, language)
        return _("The period ends on %(day)s; a report can be sent from that day.") % {"day": day}
    if problem.code == "nothing" or problem.line is None:
        return _("Enter at least one value.")
    where = {"line": line_name(problem.line)}
    if problem.code == "no_evidence":
        return _("%(line)s: say what the number rests on, for example a list, a register or a document.") % where
    return excess_text(problem.line, problem.detail)


def excess_text(line: Line, excess: Any) -> str:
    """Parts that do not fit into their total."""
    known = {d.code: d for d in Dimension.objects.filter(programme__outcomes__indicators=line.indicator)}
    by = Text(
        {code: " × ".join(known[d].title.spoken(code) for d in excess.by if d in known) for code in ("zh", "en", "mn")}
    )
    said = {"line": line_name(line), "by": by, "parts": f"{excess.parts.normalize():f}"}
    if excess.whole is None:
        return _("%(line)s: the parts by %(by)s add up to %(parts)s, but the total is empty.") % said
    said |= {"whole": f"{excess.whole.normalize():f}", "within": part_label(excess.within, known) or _("the total")}
    return _("%(line)s: the parts by %(by)s add up to %(parts)s, more than %(within)s, which is %(whole)s.") % said
