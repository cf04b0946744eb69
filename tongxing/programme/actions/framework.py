"""Writes: the plan of a programme beside its page: dimensions, outputs, indicators, periods, targets, who reports what."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import models, transaction

from tongxing.facts.measures import measure, shipped
from tongxing.facts.policies import policies
from tongxing.organisations.models import Organisation, Site
from tongxing.programme.actions.reference import BadReference, _complete
from tongxing.programme.models import (
    Dimension,
    Indicator,
    Outcome,
    Output,
    Programme,
    ReportingPeriod,
    Target,
    Undertaking,
)
from tongxing.programme.rules import results

FIELDS = (
    *("title", "unit", "definition", "population", "note", "responsible", "kind", "topic", "additivity", "over_time"),
    *("over_place", "direction", "measure", "baseline", "baseline_on", "baseline_source", "disaggregations"),
)


@transaction.atomic(using="owner")
def load_framework(data: Mapping[str, Any], name: str) -> Programme:
    """Loads one plan or brings it up to date, as owner; may be repeated. `name` stands in messages.

    `data`: programme (its code), dimensions, periods, outputs (by outcome) and indicators with targets and reporters.
    Raises BadReference for what contradicts itself: an unlawful roll-up, an unknown code, a missing language.
    """
    _complete(data, name)
    programme = Programme.objects.using("owner").get(code=data["programme"])
    plan = _Plan(programme, name)
    for code, dimension in data.get("dimensions", {}).items():
        parts = [{"code": part, "title": title} for part, title in dimension["parts"].items()]
        plan.codes[code] = list(dimension["parts"])
        plan.put(Dimension, {"programme": programme, "code": code}, {"title": dimension["title"], "parts": parts})
    for code, period in data.get("periods", {}).items():
        days = {key: _day(period[key]) for key in ("starts_on", "ends_on", "due_on")}
        plan.periods[code] = plan.put(ReportingPeriod, {"programme": programme, "code": code}, days)
    for outcome in data["outcomes"]:
        found = Outcome.objects.using("owner").get(programme=programme, number=outcome["number"])
        for one in outcome.get("indicators", ()):
            plan.indicator(found, None, one)
        for made in outcome.get("outputs", ()):
            output = plan.put(Output, {"outcome": found, "number": made["number"]}, {"title": made["title"]})
            for one in made["indicators"]:
                plan.indicator(found, output, one)
    return programme


class _Plan:
    """One plan while it is loaded."""

    def __init__(self, programme: Programme, name: str) -> None:
        self.programme, self.name = programme, name
        self.codes: dict[str, list[str]] = {}
        self.periods: dict[str, Any] = {}
        self.sites = {s.slug: s for s in Site.objects.using("owner").filter(programme=programme.code)}
        self.organisations = {o.slug: o for o in Organisation.objects.using("owner")}

    def put(self, model: type[models.Model], key: dict[str, Any], values: dict[str, Any]) -> Any:
        row, _created = model._default_manager.using("owner").update_or_create(**key, defaults=values)
        return row

    def known(self, table: Mapping[str, Any], code: str, where: str) -> Any:
        if code not in table:
            raise BadReference(f"{self.name}, {where}: {code!r} is not known; known are {', '.join(sorted(table))}")
        return table[code]

    def indicator(self, outcome: Outcome, output: Output | None, data: Mapping[str, Any]) -> None:
        where = f"indicator {data['number']}"
        values = {field: data[field] for field in FIELDS if field in data} | {"output": output}
        if "baseline_on" in values:
            values["baseline_on"] = _day(values["baseline_on"])
        _lawful(values, f"{self.name}, {where}")
        for disaggregation in values.get("disaggregations", ()):
            for dimension in disaggregation:
                self.known(self.codes, dimension, where)
        row = self.put(Indicator, {"outcome": outcome, "number": str(data["number"])}, values)
        self._undertaken(row, data.get("reported_by", {}), where)
        self._wanted(row, data.get("targets", {}), where)

    def _undertaken(self, row: Indicator, bodies: Mapping[str, Iterable[str]], where: str) -> None:
        if row.measure and bodies:
            raise BadReference(f"{self.name}, {where}: what a measure counts is reported by nobody")
        for slug, sites in bodies.items():
            organisation = self.known(self.organisations, slug, where)
            for site in self._sites(sites, where):
                self.put(Undertaking, {"indicator": row, "organisation": organisation, "site": site}, {})

    def _wanted(self, row: Indicator, targets: Mapping[str, Any], where: str) -> None:
        for code, value in targets.items():
            period = self.known(self.periods, code, where)
            by_site = value if isinstance(value, Mapping) else {"": value}
            for site, wanted in by_site.items():
                place = self.known(self.sites, site, where) if site else None
                self.put(Target, {"indicator": row, "period": period, "site": place}, {"value": wanted})

    def _sites(self, slugs: Iterable[str], where: str) -> list[Site | None]:
        """The named sites; nothing named means the whole work of the organisation, which is one line."""
        return [self.known(self.sites, slug, where) for slug in slugs] or [None]


def _lawful(values: dict[str, Any], where: str) -> None:
    if code := values.get("measure"):
        if code not in shipped():
            raise BadReference(f"{where}: there is no measure {code!r}; known are {sorted(shipped())}")
        # The measure decides; its own roll-up rules are checked where it is defined.
        one = measure(code)
        values |= {"topic": one.topic, "additivity": one.additivity, "over_time": one.over_time}
        values |= {"over_place": one.over_place, "kind": "percentage" if one.value == "ratio" else "number"}
        return
    public = policies()["public"]
    topic = values.get("topic", "things")
    if topic not in {*public.protected, *public.exempt}:
        raise BadReference(f"{where}: no policy says how {topic!r} is protected")
    kind, additivity = values.get("kind", "number"), values.get("additivity", "flow")
    axes = (values.get("over_time", "sum"), values.get("over_place", "sum"))
    if kind not in results.KINDS:
        raise BadReference(f"{where}: unknown kind {kind!r}; known are {', '.join(results.KINDS)}")
    if problems := results.unlawful(kind, additivity, *axes):
        raise BadReference(f"{where}: {'; '.join(problems)}")


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
