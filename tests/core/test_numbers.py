"""Numbers as each language writes them, without losing a digit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.core.numbers import number


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (0, "0", "0"),
        (3510, "3,510", "3,510"),
        (9999, "9,999", "9,999"),
        (10_000, "1 万", "10,000"),
        (16_000, "1.6 万", "16,000"),
        (350_000, "35 万", "350,000"),
        (85_000_000, "8,500 万", "85,000,000"),
        (130_000_000, "1.3 亿", "130,000,000"),
        (135_500_000, "13,550 万", "135,500,000"),
        (12_345, "12,345", "12,345"),
        (Decimal("91.6"), "91.6", "91.6"),
        (Decimal("350000.00"), "35 万", "350,000"),
        (-20_000, "-2 万", "-20,000"),
    ],
)
def test_numbers_are_written_as_readers_write_them(value: int | Decimal, zh: str, en: str) -> None:
    assert (number(value, "zh-hans"), number(value, "en"), number(value, "mn")) == (zh, en, en)


@given(st.integers(-(10**12), 10**12))
def test_no_digit_is_lost(value: int) -> None:
    text = number(value, "zh")
    units = Decimal(text.rstrip(" 万亿").replace(",", ""))
    assert units * {"万": 10_000, "亿": 100_000_000}.get(text[-1], 1) == value
