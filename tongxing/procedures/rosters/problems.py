"""Why a file was not read, and what to do about it, in the reader's language."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from tongxing.procedures.rosters.columns import column
from tongxing.procedures.rosters.reading import ROWS


def why_not(reason: str, told: Sequence[str], language: str) -> str:
    """KeyError for a reason that `reading` does not give."""
    named = (
        ", ".join(column(code).title.spoken(language) for code in told)
        if reason == "missing_columns"
        else ", ".join(told)
    )
    return _words()[reason] % {"told": named, "rows": ROWS}


def _words() -> dict[str, str]:
    return _about_files() | {
        "empty": _("The file is empty."),
        "only_headings": _("The file has headings and no row under them."),
        "only_hidden": _("All sheets of the workbook are hidden. Show the sheet with the list, and save."),
        "no_headings": _("No row of headings was found among the first ten. Use the template, or copy its headings."),
        "missing_columns": _("These columns are needed and are not there: %(told)s. The template has them."),
        "two_columns": _("Two columns say the same: %(told)s. Take one of them out, or name it otherwise."),
        "too_many_rows": _("The list has more than %(rows)s rows. Divide it into several files."),
        "too_many_columns": _("The sheet has more columns than a list can have. Delete the empty ones to the right."),
        "quotation": _("A quotation mark is opened and never closed, near row %(told)s. Close it, or take it out."),
        "encoding": _("The text cannot be read in any known encoding. Save it as .xlsx, or as CSV in UTF-8."),
    }


def _about_files() -> dict[str, str]:
    return {
        "too_large": _("The file is larger than 10 MB. Divide the list into several files."),
        "unpacks": _(
            "The workbook unpacks to far more than its size, as no list does. It was not opened. "
            "Copy the list into a new workbook."
        ),
        "macros": _("The workbook contains a program (macro). It was not opened. Save it as .xlsx without macros."),
        "odd_parts": _(
            "The workbook has parts with names that no spreadsheet program writes. It was not opened. "
            "Copy the list into a new workbook."
        ),
        "entities": _(
            "The workbook refers to other files or defines its own signs. It was not opened. "
            "Copy the list into a new workbook."
        ),
        "no_workbook": _(
            "This is no workbook, or it is damaged. Open it in your spreadsheet program, save it as .xlsx."
        ),
        "old_excel": _(
            "This is a workbook of old Excel (.xls), or one with a password. Open it, choose “Save as”, then "
            "“Excel workbook (.xlsx)”, without a password."
        ),
        "pdf": _("This is a PDF, whatever its name says. Ask for the list itself as .xlsx or CSV."),
        "compressed": _("The file is compressed. Unpack it first, and send the list itself."),
        "web_page": _("This is a web page or XML, whatever its name says. Open it and save it as .xlsx."),
        "picture": _("This is a picture. The list is needed as .xlsx or CSV."),
        "no_list": _("This is no list. Send .xlsx or CSV."),
    }
