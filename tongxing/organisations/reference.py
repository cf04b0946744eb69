"""Reference data as unsaved rows: divisions from the packages, the rest from data/*.yaml. Reads no database.

Ids are made from the slugs, so that a centre is the same centre in every instance and in every re-load.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from django.db import models
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tongxing.core.i18n import LANGUAGES as TONGUES
from tongxing.core.i18n import Text
from tongxing.organisations import gazetteer, rules
from tongxing.organisations.models import (
    LANGUAGES,
    NEEDS,
    PARTS,
    SITE_KINDS,
    Centre,
    Division,
    Organisation,
    Partnership,
    Service,
    Site,
)

NAMESPACE = uuid.UUID("6f1d3c1e-7a70-5d3c-9a3e-51c0d1f6b0aa")
DEPTHS = {"country": 0, "province": 1, "aimag": 1, "prefecture": 2, "county": 3}


class WrongData(ValueError):
    """A data file contradicts itself; the text names file, entry and remedy."""


def identifier(kind: str, *slug: str) -> uuid.UUID:
    """The id of a reference row, e.g. `identifier("centre", "changzhou-2")`."""
    return uuid.uuid5(NAMESPACE, ":".join((kind, *slug)))


def rows() -> list[tuple[type[models.Model], list[models.Model]]]:
    """Every reference row by table, tables in the order in which they may be written. Raises WrongData."""
    readers: tuple[tuple[type[models.Model], Callable[[], Iterator[models.Model]]], ...] = (
        (Division, divisions),
        (Organisation, organisations),
        (Site, sites),
        (Partnership, partnerships),
        (Centre, centres),
        (Service, services),
    )
    return [(model, list(read())) for model, read in readers]


@cache
def _file(name: str) -> Mapping[str, Any]:
    try:
        text = (files("tongxing.organisations") / "data" / name).read_text("utf-8")
        read: Mapping[str, Any] = YAML(typ="safe").load(text)
    except YAMLError as problem:
        raise WrongData(f"{name}: {problem}") from problem
    return read


def divisions() -> Iterator[Division]:
    for place in _places():
        *earlier, name = place.names
        yield Division(
            code=place.code,
            name=_text(name),
            level=place.level,
            depth=DEPTHS[place.level],
            parent_id=place.parent,
            country=place.country,
            valid_from=place.names[0].since,
            valid_to=name.until,
            earlier_names=[{"zh": n.zh, "en": n.en, "since": n.since, "until": n.until} for n in earlier],
            keys=f"|{'|'.join(place.keys)}|",
            sort_key=place.sort_key,
        )


def _places() -> tuple[gazetteer.Place, ...]:
    return (*gazetteer.countries(), *gazetteer.china(), *gazetteer.mongolia())


def _text(name: gazetteer.Name) -> Text:
    return Text({code: text for code, text in (("zh", name.zh), ("en", name.en), ("mn", name.mn)) if text})


def organisations() -> Iterator[Organisation]:
    file = _file("organisations.yaml")
    for slug, entry in file["organisations"].items():
        where = f"organisations.yaml, {slug}"
        source = entry.get("source", "")
        yield Organisation(
            id=identifier("organisation", slug),
            slug=slug,
            name=_name(entry["name"], where),
            kind=_one_of(entry["kind"], dict(Organisation.KINDS), where),
            is_demonstration=not source,
            source=_known(file["sources"], source, where) if source else "",
        )


def sites() -> Iterator[Site]:
    sources = _file("organisations.yaml")["sources"]
    file = _file("sites.yaml")
    for slug, entry in file["sites"].items():
        where = f"sites.yaml, {slug}"
        yield Site(
            id=identifier("site", slug),
            slug=slug,
            name=_name(entry["name"], where),
            kinds=[_one_of(kind, dict(SITE_KINDS), where) for kind in entry.get("kinds", ())],
            division_id=_division(entry["division"], where),
            priority_issue=_name(entry["priority_issue"], where) if "priority_issue" in entry else Text(),
            programme=entry["programme"],
            source=sources[_known(file["programmes"], entry["programme"], where)],
        )


def partnerships() -> Iterator[Partnership]:
    sources = _file("organisations.yaml")["sources"]
    file = _file("sites.yaml")
    for source, places in file["triangles"].items():
        for site in places:
            for part, _label in PARTS:
                yield _partnership(site, part, "", _known(sources, source, "sites.yaml, triangles"))
    named = _file("organisations.yaml")["organisations"]
    for site, parts in file["partnerships"].items():
        for part, bodies in parts.items():
            for body in bodies:
                stated = _known(named, body, f"sites.yaml, partnerships of {site}").get("source", "")
                yield _partnership(site, part, body, sources.get(stated, ""))


def _partnership(site: str, part: str, organisation: str, source: str) -> Partnership:
    where = f"sites.yaml, partnerships of {site}"
    _known(_file("sites.yaml")["sites"], site, where)
    return Partnership(
        id=identifier("partnership", site, part, organisation),
        site_id=identifier("site", site),
        organisation_id=identifier("organisation", organisation) if organisation else None,
        part=_one_of(part, dict(PARTS), where),
        source=source,
    )


def centres() -> Iterator[Centre]:
    file = _file("centres.yaml")
    for slug, entry in file["centres"].items():
        where = f"centres.yaml, {slug}"
        jurisdiction = entry.get("jurisdiction", "CN")
        _known(_file("sites.yaml")["sites"], entry["site"], where)
        _known(_file("organisations.yaml")["organisations"], entry["organisation"], where)
        yield Centre(
            id=identifier("centre", slug),
            slug=slug,
            name=_name(entry["name"], where),
            kind=_one_of(entry["kind"], dict(Centre.KINDS), where),
            area=entry.get("area", ""),
            site_id=identifier("site", entry["site"]),
            division_id=_division(entry["division"], where),
            organisation_id=identifier("organisation", entry["organisation"]),
            jurisdiction=jurisdiction,
            time_zone=_known(file["jurisdictions"], jurisdiction, where),
            address=_name(entry["address"], where),
            phone=entry["phone"],
            opens=_hours(entry["opens"], where),
            opened_on=entry.get("opened_on", file["opened_on"]),
            is_demonstration=True,
        )


def services() -> Iterator[Service]:
    file = _file("services.yaml")
    for slug, entry in file["services"].items():
        where = f"services.yaml, {slug}"
        _known(_file("centres.yaml")["centres"], entry["centre"], where)
        youngest, oldest = entry["ages"]
        yield Service(
            id=identifier("service", slug),
            slug=slug,
            centre_id=identifier("centre", entry["centre"]),
            need=_one_of(entry["need"], dict(NEEDS), where),
            name=_name(entry["name"], where),
            min_age=youngest,
            max_age=oldest,
            languages=[_one_of(code, dict(LANGUAGES), where) for code in entry["languages"]],
            hours=_hours(entry.get("hours", {}), where),
            weekly_places=entry.get("weekly_places"),
            cost=_name(entry["cost"], where),
            needs_document=entry.get("needs_document", False),
            answers_within_days=entry["answers_within_days"],
            checked_on=entry.get("checked_on", file["checked_on"]),
            is_confidential=entry.get("is_confidential", False),
        )


@cache
def _codes() -> frozenset[str]:
    return frozenset(place.code for place in _places())


def _division(code: str, where: str) -> str:
    if code not in _codes():
        raise WrongData(f"{where}: no division has the code {code!r}")
    return code


def _name(entry: Mapping[str, str], where: str) -> Text:
    if missing := [code for code in TONGUES if not entry.get(code)]:
        raise WrongData(f"{where}: text in {', '.join(missing)} is missing")
    if unknown := set(entry) - set(TONGUES):
        raise WrongData(f"{where}: {sorted(unknown)} is no language; quote text that has a comma")
    return Text(entry)


def _hours(week: Mapping[str, Any], where: str) -> dict[str, Any]:
    if problems := rules.problems_with_hours(week):
        raise WrongData(f"{where}: {problems[0]}")
    return {day: [list(span) for span in spans] for day, spans in week.items()}


def _one_of(code: str, known: Mapping[str, Any], where: str) -> str:
    _known(known, code, where)
    return code


def _known(table: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in table:
        raise WrongData(f"{where}: {key!r} is not known; known are {', '.join(map(str, table))}")
    return table[key]
