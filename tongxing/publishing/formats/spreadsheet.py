"""An edition as Excel, exactly what its page shows, and as tidy CSV, one line a number; in the reader's language."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from tongxing.core.date_forms import long_date
from tongxing.core.spreadsheets import Sheet, Value, csv_lines, workbook
from tongxing.facts.disclosure import Protected
from tongxing.publishing import sentences
from tongxing.publishing.formats.lines import Line, lines
from tongxing.publishing.formats.words import claim_state, claimed, summing, value_kind
from tongxing.publishing.models import Edition
from tongxing.publishing.sheet import Cube, Factsheet, KeyFigure

DIMENSIONS = 2  # at most, in a table


def as_csv(sheet: Factsheet, edition: Edition | None) -> bytes:
    """Every number of the edition, one line each; what is withheld has its state and words, and no value."""
    headings = ["kind", "figure", "title"]
    for place in range(1, DIMENSIONS + 1):
        headings += [f"dimension_{place}", f"code_{place}", f"name_{place}"]
    headings += ["state", "value", "text", "unit", "until", "as_of", "standing", "edition", "sha256", "policy"]
    common = (
        sheet.until,
        sheet.as_of.isoformat(),
        sheet.standing,
        edition.number if edition else None,
        edition.content_hash if edition else None,
        f"{sheet.policy} {sheet.policy_version}",
    )
    return b"".join(csv_lines(headings, ([*_csv_row(line), *common] for line in lines(sheet))))


def _csv_row(line: Line) -> list[Value]:
    row: list[Value] = [line.kind, line.figure, _said(line.title)]
    for place in range(DIMENSIONS):
        if place < len(line.by):
            row += [line.by[place], line.codes[place], _said(line.titles[place])]
        else:
            row += [None, None, None]
    return [*row, line.number.state, line.number.value, line.number.text(_language()), _said(line.unit)]


def as_workbook(sheet: Factsheet, edition: Edition | None) -> bytes:
    """At a glance, key figures, every table, achievements, claims, how each number is made, and about this edition."""
    return workbook([*_sheets(sheet, edition)])


def _sheets(sheet: Factsheet, edition: Edition | None) -> Iterator[Sheet]:
    yield _glance(sheet)
    yield _figures(sheet)
    for place, figure in enumerate(sheet.figures, 1):
        for number, cube in enumerate(figure.tables, 1):
            yield _table(f"{place}.{number}", figure, cube, sheet)
    if sheet.sentences:
        rows = [
            (sentences.spoken(s, sheet, _language()), sentences.footnote(s, sheet, _language()))
            for s in sheet.sentences
        ]
        yield Sheet(_("Achievements"), [_("Achievement"), _("What is counted")], rows)
    if sheet.reported:
        yield _reported(sheet)
    yield _claims(sheet)
    yield _made(sheet)
    yield _about(sheet, edition)


def _glance(sheet: Factsheet) -> Sheet:
    header, unknown = sheet.header, _("not stated in the source")
    rows: list[tuple[str, Value]] = [
        (_("Programme"), _said(header.title)),
        (_("Programme code"), header.code),
        (_("Project ID"), header.project_id or unknown),
        (_("Fund"), header.fund or unknown),
        (_("Theme"), header.theme or unknown),
        (_("Country"), _said(header.country) or unknown),
        (_("Status"), _said(header.status) or unknown),
        (_("Participating"), _said(header.participating) or unknown),
        (_("Start"), header.starts_on or unknown),
        (_("End"), header.ends_on or unknown),
        (_("Source"), header.source),
    ]
    return Sheet(_("At a glance"), [_("Field"), _("Value")], rows)


def _figures(sheet: Factsheet) -> Sheet:
    headings = [_("Figure"), pgettext("figures", "Number"), _("Unit"), _("Figures until"), _("What is counted")]
    headings += [pgettext("figures", "At least"), pgettext("figures", "At most")]
    rows = [
        (_said(figure.title), _cell(figure.number), _said(figure.unit), sheet.until, _said(figure.counted))
        + (tuple(_cell(end) for end in figure.range) if figure.range else (None, None))
        for figure in sheet.figures
    ]
    return Sheet(_("Key figures"), headings, rows, _notes(sheet))


def _table(place: str, figure: KeyFigure, cube: Cube, sheet: Factsheet) -> Sheet:
    names = [_said(name) for name in cube.dimensions]
    headings = [names[0], *(_said(column) for column in cube.table.columns), _("Total")]
    rows = [(_said(row.title), *(_cell(one) for one in row.numbers)) for row in (*cube.table.rows, cube.table.total)]
    said = f"{_said(figure.title)} ({_said(figure.unit)})"
    return Sheet(f"{place} {' × '.join(names)}", headings, rows, [said, *_notes(sheet)])


def _reported(sheet: Factsheet) -> Sheet:
    headings = [pgettext("figures", "Outcome"), _("Indicator"), _("Period"), _("Target"), pgettext("figures", "Number")]
    headings += [_("Unit"), _("Organisations that reported"), _("Organisations expected")]
    rows = [
        (
            *(str(one.outcome), f"{one.number} {_said(one.title)}", period.code),
            *(Decimal(period.target) if period.target else None, _cell(period.number), _said(one.unit)),
            *(period.reported, period.expected),
        )
        for one in sheet.reported
        for period in one.periods
    ]
    note = _("Where fewer organisations reported than were expected, the number is not the whole.")
    return Sheet(_("Reported"), headings, rows, [note, *_notes(sheet)])


def _claims(sheet: Factsheet) -> Sheet:
    headings = [_("Words"), _("Place"), _("Claim"), _("Records here"), _("What is counted"), _("State")]
    rows = [
        (
            _said(claim.words),
            _said(claim.place),
            claimed(claim),
            _cell(claim.record) if claim.record else None,
            _said(claim.record_title),
            claim_state(claim),
        )
        for claim in sheet.claims
    ]
    return Sheet(_("Claims"), headings, rows, [_("What was claimed and what is recorded are never added.")])


def _made(sheet: Factsheet) -> Sheet:
    rows: list[tuple[Value, ...]] = []
    for figure in sheet.figures:
        known: Sequence[tuple[str, Value]] = (
            (_("What is counted"), _said(figure.counted)),
            (_("What makes it one"), _said(figure.one)),
            (_("Where and when"), _said(figure.where_when)),
            (_("Kind"), value_kind(figure)),
            (_("May be summed"), summing(figure)),
            (_("Measure"), f"{figure.measure} {figure.version} {figure.definition}".strip()),
            *((_said(part.title), _cell(part.number)) for part in (*figure.steps, *figure.ratio_of, *figure.reach)),
        )
        rows += [(_said(figure.title), *line) for line in known]
    return Sheet(_("How made"), [_("Figure"), _("Question"), pgettext("figures", "Answer")], rows)


def _about(sheet: Factsheet, edition: Edition | None) -> Sheet:
    rows: list[tuple[str, Value]] = [
        (_("Edition"), edition.number if edition else _("unapproved draft")),
        (_("Approved by"), edition.approver_name if edition else None),
        (_("Approved on"), edition.approved_at.date() if edition and edition.approved_at else None),
        (_("Figures until"), sheet.until),
        (_("Data as of"), sheet.as_of.isoformat(timespec="seconds")),
        (_("State"), _said(sheet.standing_reason)),
        ("SHA-256", edition.content_hash if edition else None),
        (_("Rules of disclosure"), f"{sheet.policy} {sheet.policy_version}"),
        (pgettext("program", "Code"), sheet.code_version),
    ]
    return Sheet(_("About"), [_("Field"), _("Value")], rows)


def _notes(sheet: Factsheet) -> list[str]:
    notes = [_("Figures until %(date)s.") % {"date": long_date(sheet.until, _language())}]
    return [*notes, _said(sheet.standing_reason)] if sheet.standing else notes


def _cell(number: Protected) -> Value:
    """The value where there is one, else the words that stand on the page. Raises TypeError for a raw number."""
    if not isinstance(number, Protected):
        raise TypeError(f"{number!r} has not passed facts.protect()")
    return number.text(_language()) if number.value is None else number.value


def _said(text: object) -> str:
    return str(text)


def _language() -> str:
    return get_language() or "en"
