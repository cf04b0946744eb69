"""The nightly job: what is overdue by retention.yaml goes, what is not due is not touched, and a dated record stays.

Runs as `tx_keeper`. `today` is an argument: a test moves it ten years on.
"""

import datetime
import uuid
from collections import Counter
from collections.abc import Iterator

from django.conf import settings
from django.db import connections, transaction
from django.db.models import DateTimeField, Model, Q, QuerySet
from django.utils import timezone

from tongxing.registry.models import Halt
from tongxing.rights import erasure
from tongxing.rights.keeper import KEEPER
from tongxing.rights.models import Purge
from tongxing.rights.policy import WITH_THE_CHILD, Table, is_history, kept_tables, policy, table_of
from tongxing.rights.walk import tied

IDLE_YEARS = 2  # a case that nobody closed: its purpose ended with the last entry and so many years
BATCH = 2000
Rows = QuerySet[Model]
Counts = dict[str, Counter[str]]  # table: {erased | blanked: number}


def _day(moment: str) -> str:
    return f"({moment} at time zone '{settings.TIME_ZONE}')::date"


LAST_ENTRY = f"greatest(p.registered_at, r.registered_at, s.at, f.at, d.at) + interval '{IDLE_YEARS} years'"
# When the purpose of each child's record ended: the last case closed, an open one when nothing was written for years;
# never before the last referral or agreement, for a child whose case was closed may be helped again.
ENDED = f"""
select id from (
  select p.id, max(greatest(
           coalesce(c.closed_on, {_day(f"({LAST_ENTRY})")}),
           {_day("f.at")}, {_day("d.at")})) as ended_on
    from registry_person p
    left join procedures_registration r on r.person_id = p.id
    left join procedures_case c on c.registration_id = r.id
    left join lateral (select max(done_at) as at from procedures_step where registration_id = r.id) s on true
    left join lateral (select max(greatest(referred_at, answered_at)) as at from procedures_referral
                        where person_id = p.id) f on true
    left join lateral (select max(decided_at) as at from registry_consent where person_id = p.id) d on true
   group by p.id) as x
 where ended_on < %s
"""  # noqa: S608  our own constants


def purge(today: datetime.date, *, using: str = KEEPER) -> Purge:
    """Carries the policy out as of `today` and writes down what went. Done again on the same day, nothing more goes."""
    counts: Counts = {}
    back = erasure.erase_again(using=using)
    gone = [_let_go(person_id, counts, using) for person_id in ended(today, using=using)]
    for model, said in _with_rules():
        for name, rows in _blankable(model, said, today, using):
            _note(counts, model._meta.label, "blanked", rows.update(**{name: said.blank[name].to}))
        if (over := _overdue_rows(model, said, today, using)) is not None:
            _note(counts, model._meta.label, "erased", _erased(model, over, using))
    if back or any(gone):
        erasure.tidied()
    done = Purge(
        today=today,
        counts={label: dict(numbers) for label, numbers in sorted(counts.items())},
        overdue=sum(overdue(today, using=using).values()),
        held=len(held(today, using=using)),
    )
    done.save(using=using, force_insert=True)
    return done


def _note(counts: Counts, label: str, what: str, number: int) -> None:
    if number:
        counts.setdefault(label, Counter())[what] += number


def _let_go(person_id: uuid.UUID, counts: Counts, using: str) -> bool:
    """One child whose days are over; False when a hold was laid while this ran."""
    try:
        gone = erasure.erase(person_id, using=using)
    except erasure.Held:
        return False
    for label, number in gone.counts.items():
        _note(counts, label, "erased", number)
    return True


def overdue(today: datetime.date, *, using: str = KEEPER) -> dict[str, int]:
    """What is still there although its days are over: numbers by table, 0 left out. Held persons are not overdue."""
    left = Counter({"registry.Person": len(ended(today, using=using))})
    for model, said in _with_rules():
        left[model._meta.label] += sum(rows.count() for _name, rows in _blankable(model, said, today, using))
        if (over := _overdue_rows(model, said, today, using)) is not None:
            left[model._meta.label] += over.count()
    return {label: number for label, number in sorted(left.items()) if number}


def ended(today: datetime.date, *, using: str = KEEPER) -> list[uuid.UUID]:
    """Persons whose days are over, without those whom a legal hold keeps."""
    before, stays = policy().classes[WITH_THE_CHILD].before(today), held(today, using=using)
    with connections[using].cursor() as cursor:
        cursor.execute(ENDED, [before])
        return [person for (person,) in cursor.fetchall() if person not in stays]


def held(today: datetime.date, *, using: str = KEEPER) -> set[uuid.UUID]:
    """Persons whom a legal hold keeps."""
    holds = Halt.objects.using(using).filter(kind=Halt.Kind.HOLD).standing(min(today, timezone.localdate()))
    return set(holds.values_list("person_id", flat=True))


def _with_rules() -> Iterator[tuple[type[Model], Table]]:
    """Tables with a rule of their own; rows of a child go with the child. What is pointed to comes last."""
    placed = [one.model for one in reversed(tied())]
    models = [model for model in kept_tables() if not is_history(model)]
    for model in sorted(models, key=lambda one: (placed.index(one) if one in placed else len(placed), _depth(one))):
        yield model, table_of(model)


def _depth(model: type[Model]) -> int:
    """Tables that others of the policy point to are emptied after them."""
    pointed = [one for one in kept_tables() for field in one._meta.local_fields if field.related_model is model]
    return len(pointed)


def _blankable(model: type[Model], said: Table, today: datetime.date, using: str) -> Iterator[tuple[str, Rows]]:
    for name, blank in said.blank.items():
        rule = policy().classes[said.fields[name]]
        rows = model._default_manager.using(using).filter(_older(model, blank.since, rule.before(today)))
        yield name, _not_held(model, rows.exclude(**{name: blank.to}), today, using)


def _overdue_rows(model: type[Model], said: Table, today: datetime.date, using: str) -> Rows | None:
    rule = policy().classes[said.row]
    if said.job or rule.then != "erase" or rule.code == WITH_THE_CHILD or not said.since:
        return None
    rows = model._default_manager.using(using).filter(_older(model, said.since, rule.before(today)))
    return _not_held(model, rows, today, using)


def _older(model: type[Model], way: str, day: datetime.date) -> Q:
    """Began before `day`; a moment by the clock of the house."""
    at: type[Model] = model
    *steps, last = way.split("__")
    for step in steps:
        at = at._meta.get_field(step).related_model  # type: ignore[assignment]
    column = at._meta.get_field(last)
    return Q(**{f"{way}__date__lt" if isinstance(column, DateTimeField) else f"{way}__lt": day})


def _not_held(model: type[Model], rows: Rows, today: datetime.date, using: str) -> Rows:
    """Without what hangs on a held person, however far."""
    stays = held(today, using=using)
    if stays and (way := _way_to_person(model)):
        rows = rows.exclude(**{f"{way}__in": stays})
    return rows


def _way_to_person(model: type[Model]) -> str:
    for one in tied():
        if one.model is model:
            for column, parent in one.keys:
                name = column.removesuffix("_id")
                return name if parent._meta.label == "registry.Person" else f"{name}__{_way_to_person(parent)}"
    return "person_id" if any(field.name == "person_id" for field in model._meta.local_fields) else ""


def _erased(model: type[Model], rows: Rows, using: str) -> int:
    gone = 0
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic(using=using):
            erasure.count_untied({model: set(keys)}, using)
            gone += model._default_manager.using(using).filter(pk__in=keys)._raw_delete(using)
    return gone
