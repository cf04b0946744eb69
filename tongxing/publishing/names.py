"""What the codes of a dimension are called: places and bodies by the register, the rest by its labels."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from tongxing.core.i18n import Text
from tongxing.facts.results import NOT_STATED
from tongxing.organisations.models import NEEDS, Centre, Division, Organisation, Site
from tongxing.publishing import labels

REGISTERS: dict[str, tuple[Any, str]] = {
    "centre": (Centre, "pk"),
    "organisation": (Organisation, "pk"),
    "site": (Site, "slug"),
    "division": (Division, "code"),
    "origin_division": (Division, "code"),
}


def named(dimension: str, codes: Iterable[str]) -> dict[str, Text]:
    """The name of each code, in the reader's language when printed; a code without a name is its own."""
    codes = set(codes)
    if dimension in REGISTERS:
        model, key = REGISTERS[dimension]
        rows = model.objects.filter(**{f"{key}__in": codes - {NOT_STATED, ""}})
        found: dict[str, Text] = {str(getattr(row, key)): row.name for row in rows}
        return {code: found.get(code, labels.of(dimension, code)) for code in codes}
    if dimension == "need":
        needs = dict(NEEDS)
        # Said by the catalogues, in the reader's language whichever that is.
        return {code: Text(en=str(needs[code])) if code in needs else labels.of(dimension, code) for code in codes}
    return {code: labels.of(dimension, code) for code in codes}


def title(dimension: str) -> str:
    """What the dimension itself is called."""
    return {
        "centre": _("Centre"),
        "site": _("Site"),
        "division": _("Place (county or district)"),
        "organisation": _("Organisation"),
        "programme": _("Programme"),
        "sex": _("Sex"),
        "age_band": _("Age"),
        "origin_division": _("County of origin"),
        "month": _("Month"),
        "quarter": _("Quarter"),
        "year": _("Year"),
        "area": _("Sending or receiving area"),
        "need": _("Need"),
        "channel": _("How it was recorded"),
        "reason": _("Reason"),
        "outcome": _("Outcome"),
    }.get(dimension, dimension)
