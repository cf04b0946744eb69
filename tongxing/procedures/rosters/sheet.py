"""Workbooks that go out: the template to fill in, and the report of what became of each row."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from tongxing.core.spreadsheets import Sheet, workbook
from tongxing.procedures.models import Roster, RosterRow
from tongxing.procedures.rosters.columns import columns
from tongxing.procedures.rosters.rows import told
from tongxing.procedures.rosters.stored import opened


def template(language: str) -> bytes:
    """An empty roster with drop-downs, and a sheet that says of each column what is wanted."""
    known = columns()
    choices = {place: one.words(language) for place, one in enumerate(known) if one.choices and not one.several}
    headings = [one.title.spoken(language) for one in known]
    notes = (
        (
            one.title.spoken(language),
            _("needed") if one.needed else "",
            one.note.spoken(language) if one.note else "",
            " · ".join(one.words(language)),
        )
        for one in known
    )
    return workbook(
        [
            Sheet(_("Roster"), headings, (), choices=choices, to_fill=True),
            Sheet(_("Notes"), (_("Column"), _("Needed?"), _("What to write"), _("Possible answers")), notes),
        ]
    )


def report(roster: Roster, rows: Iterable[RosterRow], language: str) -> bytes:
    """Every row with what became of it and what is wrong in which cell, in the columns of the template.

    Corrected in its place and sent again it is a roster: what was imported before is then known and left alone.
    """
    present = [one for one in columns() if one.code in roster.found.get("columns", {})]
    headings = (_("Row"), _("Result"), _("Cell: what to correct"), *(one.title.spoken(language) for one in present))
    return workbook([Sheet(_("Report"), headings, _lines(rows, [one.code for one in present], language), to_fill=True)])


def _lines(rows: Iterable[RosterRow], codes: list[str], language: str) -> Iterator[tuple[str | int, ...]]:
    for row in rows:
        said = opened(row)
        wrong = "\n".join(f"{one.cell}: {told(one, _, language)}" for one in said.troubles)
        yield row.number, row.get_state_display(), wrong, *(said.cells.get(code, "") for code in codes)
