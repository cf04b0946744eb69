"""How a service is said on the public page."""

from dataclasses import replace
from datetime import datetime

import pytest
from django.utils.translation import override

from tongxing.organisations.offers import opens_next
from tongxing.organisations.rules import Open


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Monday 23 November 09:00–12:00"),
        ("zh-hans", "11月23日 星期一 09:00–12:00"),
        ("mn", "11 сарын 23, даваа 09:00–12:00"),
    ],
)
def test_the_next_opening_day_is_written_as_its_reader_writes_days(language: str, said: str) -> None:
    start, end = datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 12)
    opening = Open(is_open=False, until=None, opens_next=start, next_until=end, days_ahead=3)
    with override(language):
        assert opens_next(opening) == said
        assert opens_next(replace(opening, next_until=None)) == said.removesuffix("–12:00")
