"""Writes: reference data of programmes, from the files in `data/`."""

from pathlib import Path
from typing import Any

from django.db import transaction
from ruamel.yaml import YAML

from tongxing.core.i18n import LANGUAGES
from tongxing.facts.measures import shipped
from tongxing.organisations.models import Site
from tongxing.programme.models import ALIGNMENTS, Claim, Indicator, Lesson, Outcome, Programme, WorkAtSite
from tongxing.programme.rules import Said, publishable

DATA = Path(__file__).parent.parent / "data"
PLACES = {
    Lesson.Kind.PRACTICE: {"zh": "良好做法", "en": "Best practices", "mn": "Сайн туршлага"},
    Lesson.Kind.LESSON: {"zh": "经验教训", "en": "Lessons learned", "mn": "Сургамж"},
}  # the headings of the archived pages


class BadReference(ValueError):
    """A programme file that must not be loaded; the message says which file, which entry and why."""


@transaction.atomic(using="owner")
def load_reference() -> list[Programme]:
    """Loads every programme of `data/` or brings it up to date, over the owner connection; may be repeated.

    Raises BadReference for a missing language or an unknown measure, Slip for a page's own contradiction.
    """
    return [
        _programme(YAML(typ="safe").load(path.read_text("utf-8")), path.name) for path in sorted(DATA.glob("*.yaml"))
    ]


def _programme(data: dict[str, Any], name: str) -> Programme:
    _complete(data, name)
    outcomes, claims = data.pop("outcomes"), data.pop("claims")
    learned = {kind: data.pop(f"{kind}s", []) for kind in Lesson.Kind.values}
    for code in data["key_figures"]:
        _known_measure(code, name)
    for alignment in data.get("alignments", []):
        _known_alignment(alignment, name)
    programme, _created = Programme.objects.using("owner").update_or_create(code=data.pop("code"), defaults=data)
    known = {outcome["number"]: _outcome(programme, outcome, name) for outcome in outcomes}
    publishable([_said(claim) for claim in claims])
    for position, claim in enumerate(claims, 1):
        _known_measure(claim.get("measure", ""), name)
        claim |= {"outcome": known.get(claim.pop("outcome", None)), "position": position}
        Claim.objects.using("owner").update_or_create(programme=programme, code=claim.pop("code"), defaults=claim)
    for kind, lessons in learned.items():
        for position, lesson in enumerate(lessons, 1):
            lesson |= {"kind": kind, "outcome": known.get(lesson.pop("outcome", None)), "position": position}
            lesson["place"] = PLACES[Lesson.Kind(kind)]
            Lesson.objects.using("owner").update_or_create(
                programme=programme, code=lesson.pop("code"), defaults=lesson
            )
    return programme


def _outcome(programme: Programme, data: dict[str, Any], name: str) -> Outcome:
    indicators, work = data.pop("indicators"), data.pop("work", [])
    outcome, _created = Outcome.objects.using("owner").update_or_create(
        programme=programme, number=data.pop("number"), defaults=data
    )
    for indicator in indicators:
        _known_measure(indicator.get("measure", ""), name)
        Indicator.objects.using("owner").update_or_create(
            outcome=outcome, number=indicator.pop("number"), defaults=indicator
        )
    for one in work:
        site = Site.objects.using("owner").filter(slug=one["site"], programme=programme.code).first()
        if site is None:
            raise BadReference(
                f"{name}: {one['site']!r} is no site of {programme.code} in organisations/data/sites.yaml"
            )
        said = {"work": one["text"], "quote": one["quote"], "is_planned": one.get("is_planned", False)}
        WorkAtSite.objects.using("owner").update_or_create(outcome=outcome, site=site, defaults=said)
    return outcome


def _said(claim: dict[str, Any]) -> Said:
    return Said(
        claim["code"],
        claim["figure"],
        claim["value"],
        claim["population"]["en"],
        claim["claim_class"],
        claim.get("stands", True),
        claim["qualifier"],
    )


def _known_alignment(alignment: dict[str, Any], name: str) -> None:
    """A goal, framework or right, and whether the page states it or we mapped it later."""
    kind, stated = alignment["kind"], alignment["stated"]
    if kind not in dict(ALIGNMENTS):
        raise BadReference(f"{name}: no alignment of kind {kind!r}; known are {sorted(dict(ALIGNMENTS))}")
    if stated and kind == "sdg":
        raise BadReference(f"{name}: the goals of 2015 are younger than the page; an SDG is never stated")


def _known_measure(code: str, name: str) -> None:
    if code and code not in shipped():
        raise BadReference(f"{name}: there is no measure {code!r}; known are {sorted(shipped())}")


def _complete(node: Any, where: str) -> None:
    """Every text says it in all languages: a mapping with one language has the others too."""
    if isinstance(node, list):
        for place, item in enumerate(node, 1):
            _complete(item, f"{where}[{place}]")
    elif isinstance(node, dict):
        if set(node) & set(LANGUAGES) and set(node) != set(LANGUAGES):
            raise BadReference(f"{where}: no text in {', '.join(sorted(set(LANGUAGES) - set(node)))}")
        for key, value in node.items():
            _complete(value, f"{where}.{key}")
