"""Writes: facts are added, never changed; and what may be recorded is written down for the database."""

import datetime
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.db import connections, models, transaction
from django.utils import timezone
from ruamel.yaml import YAML

from tongxing.access.acting import Acting
from tongxing.core.i18n import LANGUAGES, Text
from tongxing.facts import derivation, engines, kinds
from tongxing.facts.measures import Measure, measure, shipped
from tongxing.facts.models import Fact, FactKind, LinkageRun, ReferenceStatistic, StoredMeasure, UncertainTie
from tongxing.organisations.models import Centre

BATCH = 1000
STATISTICS = Path(__file__).parent / "data" / "reference-statistics.yaml"


@transaction.atomic
def record(drafts: Iterable[kinds.Draft], *, by: Acting) -> list[Fact]:
    """Adds one fact per draft, in order, and returns them; all or none.

    Division, organisation and, where none is given, programme come from the centre. Raises UnknownCode for undeclared
    kinds, attributes and values, ValueError for a birth year of somebody who refused statistics or a date that no site has reached yet.
    """
    drafts = list(drafts)
    # Ahead of UTC by at most 14 hours: a date beyond that is a typing error, not a time zone.
    tomorrow = (timezone.now() + datetime.timedelta(hours=14)).date()
    for draft in drafts:
        kinds.check(draft)
        if draft.occurred_on > tomorrow:
            raise ValueError(f"{draft.kind} on {draft.occurred_on} has not happened yet")
    by.demand("fact", "add")
    wanted = {draft.centre_id for draft in drafts if draft.centre_id}
    centres = {centre.pk: centre for centre in Centre.objects.filter(pk__in=wanted).select_related("site")}
    found = [_fact(draft, centres[draft.centre_id] if draft.centre_id else None) for draft in drafts]
    return Fact.objects.bulk_create(found, BATCH)


@transaction.atomic
def void(fact: Fact, *, reason: str, by: Acting) -> Fact:
    """Takes `fact` out of every count from now on and returns the voiding fact; counts as of an earlier time keep it.

    `fact` is what `record` or `standing` returned. Raises ValueError for a reason that is not among
    `kinds.VOID_REASONS`, or when `fact` is itself a voiding fact; IntegrityError when it was taken back before.
    """
    if reason not in kinds.VOID_REASONS:
        raise ValueError(f"say why this fact is taken back: {sorted(kinds.VOID_REASONS)}, not {reason!r}")
    if fact.voids_id:
        raise ValueError("a voiding fact is not voided; record the fact anew")
    by.demand("fact", "add")
    # Same kind, day and place, so that it lies in the same file and month as what it takes back.
    voiding = Fact(
        kind=fact.kind,
        occurred_on=fact.occurred_on,
        centre_id=fact.centre_id,
        programme=fact.programme,
        quantity=0,
        attributes={"reason": reason},
        source=fact.source,
        source_id=fact.source_id,
        voids_id=fact.pk,
    )
    voiding.save(force_insert=True)
    return voiding


@transaction.atomic
def correct(fact: Fact, draft: kinds.Draft, *, reason: str = "details", by: Acting) -> Fact:
    """Takes `fact` back and records `draft` in its place, both or neither; returns the new fact.

    Counts as of before the correction keep the old one. Raises ValueError for a draft of another kind or source,
    and what `void` and `record` raise.
    """
    if (draft.kind, draft.source, draft.source_id) != (fact.kind, fact.source, fact.source_id):
        raise ValueError("a correction says the same thing rightly: same kind, same source, same row")
    void(fact, reason=reason, by=by)
    return record([draft], by=by)[0]


def standing(kind: str, source_id: uuid.UUID, *, on: datetime.date) -> Fact | None:
    """The fact of `kind` about the row `source_id`, dated `on`, that was not taken back; None when there is none.

    For taking it back: the desk cannot read facts, so it learns only the key, at its own centre (a definer function).
    """
    with connections["default"].cursor() as cursor:
        cursor.execute("select * from access.standing_fact(%s, %s, %s)", [kind, source_id, on])
        row = cursor.fetchone()
    if row is None:
        return None
    columns = ("id", "centre_id", "programme", "source")
    return Fact(kind=kind, occurred_on=on, source_id=source_id, **dict(zip(columns, row, strict=True)))


def install_kinds() -> int:
    """Write down the declared kinds, and the function that derives their facts again. Runs as owner; returns how many."""
    declared: list[tuple[str, str, dict[str, list[str]], Text]] = [
        ("", "", {"reason": list(kinds.VOID_REASONS)}, Text())
    ]
    declared += [
        (k.code, k.source, {n: list(v) for n, v in k.attributes.items()}, k.title) for k in kinds.KINDS.values()
    ]
    with transaction.atomic(using="owner"):
        for code, source, attributes, title in declared:
            FactKind.objects.using("owner").update_or_create(
                code=code, defaults={"source": source, "attributes": attributes, "title": title}
            )
        with connections["owner"].cursor() as cursor:
            cursor.execute(derivation.functions())
    return len(kinds.KINDS)


def load_statistics() -> int:
    """Bring the reference statistics of `data/` up to date, as the owner; those that are gone go. Returns how many.

    Raises ValueError for a text that is not in all languages, or numbers that run backwards.
    """
    rows = YAML(typ="safe").load(STATISTICS.read_text("utf-8"))
    with transaction.atomic(using="owner"):
        table = ReferenceStatistic.objects.using("owner")
        table.exclude(code__in=[row["code"] for row in rows]).delete()
        for position, row in enumerate(rows, 1):
            for name in ("title", "population_words", "place_words", "source_place"):
                if missing := set(LANGUAGES) - set(row[name]):
                    raise ValueError(f"{row['code']}: {name} is not said in {sorted(missing)}")
            if row["low"] > row["high"]:
                raise ValueError(f"{row['code']}: from {row['low']} to {row['high']} runs backwards")
            table.update_or_create(code=row["code"], defaults=row | {"position": position})
    return len(rows)


def _fact(draft: kinds.Draft, centre: Centre | None) -> Fact:
    programme = draft.programme or (centre.site.programme if centre and centre.site else "")
    return Fact(
        kind=draft.kind,
        occurred_on=draft.occurred_on,
        subject=draft.subject,
        centre_id=draft.centre_id,
        division_id=centre.division_id if centre else None,
        organisation_id=centre.organisation_id if centre else None,
        programme=programme,
        sex=draft.sex,
        birth_year=draft.birth_year,
        origin_division_id=draft.origin_division or None,
        quantity=draft.quantity,
        attributes=dict(draft.attributes),
        source=draft.source,
        source_id=draft.source_id,
    )


@transaction.atomic
def store_measure(definition: Measure, *, reason: str, by: Acting) -> StoredMeasure:
    """Keeps a measure that an officer built as a draft of the next version of its code, and returns it.

    The version is given here. Raises ValueError for the code of a shipped measure, for a change without a reason, and
    for what no engine can count.
    """
    by.demand("measure", "add")
    if not engines.able(definition):
        raise ValueError(f"no engine can count {definition.code}")
    if definition.code in shipped():
        raise ValueError(f"{definition.code} is shipped with the program; take another code")
    latest = StoredMeasure.objects.filter(code=definition.code).by_code().first()
    version = latest.version + 1 if latest else 1
    if latest and not reason.strip():
        raise ValueError("say why this version differs from the one before")
    stored = StoredMeasure(
        code=definition.code,
        version=version,
        definition=definition.model_copy(update={"version": version}).model_dump(mode="json"),
        reason=reason.strip()[:200],
        made_by_id=by.user_id,
        author=by.name,
    )
    stored.save(force_insert=True)
    return stored


@transaction.atomic
def use_measure(stored: StoredMeasure, *, by: Acting) -> None:
    """Counts with this draft from now on; the version in use until now retires with it. A second press does nothing.

    Raises KeyError when a part of a ratio is not in use.
    """
    by.demand("measure", "change")
    for part in filter(None, (stored.definition["numerator"], stored.definition["denominator"])):
        measure(part)
    if stored.state == StoredMeasure.State.DRAFT:
        StoredMeasure.objects.in_use().filter(code=stored.code).update(**_decided("retired", by))
        StoredMeasure.objects.filter(pk=stored.pk, state="draft").update(**_decided("in_use", by))


@transaction.atomic
def retire_measure(stored: StoredMeasure, *, by: Acting) -> None:
    """Counts with it no more; it stays readable for the figures that were made with it.

    Raises ValueError while a ratio that is in use is made of it.
    """
    by.demand("measure", "change")
    made_of_it = models.Q(definition__numerator=stored.code) | models.Q(definition__denominator=stored.code)
    if stored.state == StoredMeasure.State.IN_USE and StoredMeasure.objects.in_use().filter(made_of_it).exists():
        raise ValueError(f"a ratio in use is made of {stored.code}")
    StoredMeasure.objects.filter(pk=stored.pk).exclude(state="retired").update(**_decided("retired", by))


def _decided(state: str, by: Acting) -> dict[str, object]:
    return {"state": state, "decided_at": timezone.now(), "decided_by_id": by.user_id}


@transaction.atomic
def note_uncertain(
    ties: Iterable[tuple[uuid.UUID, uuid.UUID, float]], *, by: Acting, run: LinkageRun | None = None
) -> int:
    """Notes how sure it is that two subjects are one person; returns how many ties. Facts then carry an interval.

    ties  (subject, subject, probability), in any order; 0 or 1: somebody has decided. Of an identity with an uncertain
          tie inside note all its ties, those that are certain with 1
    run   the run of the linkage that found them; it is stored with them. Of a full run give all ties of the register,
          because those of earlier runs stand no longer

    Raises ValueError for a tie of a subject to itself or a probability outside 0 to 1.
    """
    by.demand("fact", "add")
    rows = []
    for one, other, probability in ties:
        if one == other or not 0 <= probability <= 1:
            raise ValueError(f"a tie is between two subjects, from 0 to 1; not {probability}")
        a, b = sorted((one, other))
        rows.append(UncertainTie(subject_a=a, subject_b=b, probability=probability, run=run.pk if run else None))
    if run:
        run.save(force_insert=True)
        for row in rows:
            row.recorded_at = run.recorded_at
    return len(UncertainTie.objects.bulk_create(rows, BATCH))
