"""Numbers as each language writes them: 35 万 from ten thousand in Chinese, 350,000 elsewhere."""

from decimal import Decimal

UNITS = ((100_000_000, "亿"), (10_000, "万"))  # the larger first


def number(value: int | float | Decimal, language: str) -> str:
    """`value` in words of `language` ("zh-hans", "en", "mn"), never losing a digit.

    Chinese uses 亿 from 100,000,000 and 万 from 10,000 where at most two decimals say the value exactly (`1.3 亿`,
    `35 万`, `1.25 万`); a value that neither can say exactly keeps its digits (`12,345`). Below that, and in other
    languages, thousands are separated.
    """
    exact = Decimal(str(value))
    if language.startswith("zh"):
        for size, name in UNITS:
            units = exact / size
            if abs(units) >= 1 and units == units.quantize(Decimal("0.01")):
                return f"{_plain(units)} {name}"
    return _plain(exact)


def _plain(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
