"""Numbers as each language writes them: 35 万 from ten thousand in Chinese, 350,000 elsewhere."""

from decimal import Decimal

TEN_THOUSAND = 10_000


def number(value: int | float | Decimal, language: str) -> str:
    """`value` in words of `language` ("zh-hans", "en", "mn"), never losing a digit.

    Chinese uses 万 from 10,000 where at most two decimals say the value exactly (`35 万`, `1.25 万`); a value that 万
    cannot say exactly keeps its digits (`12,345`). Below that, and in other languages, thousands are separated.
    """
    exact = Decimal(str(value))
    if language.startswith("zh") and abs(exact) >= TEN_THOUSAND:
        units = exact / TEN_THOUSAND
        if units == units.quantize(Decimal("0.01")):
            return f"{_plain(units)} 万"
    return _plain(exact)


def _plain(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
