"""Desk search over the installed register, for `tongxing identity probe`; Django is set up when this is imported."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db import DatabaseError

from tongxing.config.lists.records import Lists
from tongxing.config.state import StateProblem
from tongxing.linkage import scoring
from tongxing.linkage.cells import given_names, parts
from tongxing.linkage.dates import read_date
from tongxing.linkage.details import Details, Name
from tongxing.linkage.levels import WEIGHED
from tongxing.registry import identity, installed
from tongxing.registry.models import MatchLabel, ReviewPair


def search(wanted: Lists, top: int, as_of: date, progress: Callable[[str, float], None]) -> list[dict[str, Any]]:
    """As `probing.probe`; record ids are programme numbers. Raises StateProblem when nothing can be searched."""
    from tongxing.config.probing import found_told, split

    ids = wanted.records["record_id"].to_pylist()
    looked_for = [details_of(record, as_of) for record in wanted.records.to_pylist()]
    try:
        current = installed.in_force()
        if current is None:
            raise StateProblem("no model is installed; run `tongxing migrate`, or `tongxing identity install MODEL`")
        model = scoring.read_model(current.content)
        found = []
        for place, answer in enumerate(identity.probe(looked_for, top)):
            told = [found_told(match.number, match.levels, match.verdict, model) for match in answer.matches]
            candidates, family = split(told, top)
            found.append(
                {"probe_id": ids[place], "candidates": candidates, "family": family, "ms": round(answer.ms, 3)}
            )
            progress("searching", (place + 1) / len(ids))
    except DatabaseError as error:
        raise StateProblem("the database is not as the code wants it; run `tongxing migrate` first") from error
    return found


def details_of(record: Mapping[str, str], as_of: date) -> Details:
    """A row of a list as somebody at a desk would type it."""
    return Details(
        names=[Name(text) for text in given_names(record["name"])],
        sex=record["sex"],
        birth=read_date(record["birth_date"], as_of).date,
        origin_division=record["origin_division"],
        guardian_names=given_names(record["guardian_name"]),
        phones=parts(record["phone"]),
        documents=parts(record["id_number"]),
    )


def labels() -> Counter[tuple[str, ...]]:
    """How often people answered what (same | sibling | different) of pairs that agree so, in the order of WEIGHED."""
    found: Counter[tuple[str, ...]] = Counter()
    told = MatchLabel.objects.using("owner").values_list("levels", "answer")
    decided = ReviewPair.objects.using("owner").filter(state__in=("same", "sibling", "different"))
    for levels, answer in (*told, *decided.values_list("levels", "state")):
        if set(WEIGHED) <= set(levels):
            found[(*(levels[name] for name in WEIGHED), answer)] += 1
    return found


def take_back() -> str:
    """Put the model before this one in force. Returns a sentence; raises ValueError in the words of the register."""
    made = installed.restore()
    return f"The model before, of version {made.version}, is in force (SHA-256 {made.content_hash[:16]}…)."


def install(text: str) -> str:
    """Put a checked model in force. Returns a sentence; raises ValueError in the words of the register."""
    try:
        made = installed.install(text)
    except DatabaseError as error:
        raise StateProblem("the database is not as the code wants it; run `tongxing migrate` first") from error
    return f"Model of version {made.version} is in force (SHA-256 {made.content_hash[:16]}…); the ones before it stay."
