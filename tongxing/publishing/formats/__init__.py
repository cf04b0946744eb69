"""The formats of an edition: each takes the frozen factsheet and its edition, and can reach no fact behind them."""

from collections.abc import Callable

from tongxing.publishing.formats import document, openapi, spreadsheet
from tongxing.publishing.models import Edition
from tongxing.publishing.sheet import Factsheet

Write = Callable[[Factsheet, Edition | None], bytes]

# Suffix of the file: its media type, and what writes it. An edition of None is an unapproved draft.
FILES: dict[str, tuple[str, Write]] = {
    "json": ("application/json", document.as_json),
    "csv": ("text/csv; charset=utf-8", spreadsheet.as_csv),
    "xlsx": (openapi.EXCEL, spreadsheet.as_workbook),
}
NAMES = (("xlsx", "Excel"), ("csv", "CSV"), ("json", "JSON"))
