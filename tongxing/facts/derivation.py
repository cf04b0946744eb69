"""Facts derived again from the rows of the contexts, and compared with what is stored. Nothing leaves but counts.

The comparison runs as the counter. It reads the derived rows through one function of the owner's that returns them in
the shape of facts (docs/adr/0018), so the counter learns nothing that facts do not tell it anyway.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connections, transaction

from tongxing.facts import kinds

MEMORY = "64MB"  # of the database, per sort or hash; what does not fit goes to its disk

# A pseudonym that was given to somebody and is tied to nobody now. One that was never given is no erased person.
GONE = """
with gone as materialized (
    select subject from facts_subjectidentity except select access.living_subjects()
)"""
COMPARED = f"""{GONE}, derived as (
    select kind, source_id, md5(row(occurred_on, subject, centre_id, programme, sex, birth_year, origin_division_id,
                                    attributes, 1.00)::text) as content
    from access.derived_facts() d
    where not exists (select from gone where gone.subject = d.subject) and d.subject is distinct from '{kinds.UNTIED}'
), stored as (
    select kind, source_id, count(*) as times, bool_or(subject is null) as is_untied,
           max(md5(row(occurred_on, subject, centre_id, programme, sex, birth_year, origin_division_id, attributes,
                       quantity)::text)) as content
    from facts_fact fact
    where voids_id is null and kind = any(%(derivable)s)
      and not exists (select from facts_fact v where v.voids_id = fact.id)
      and not exists (select from gone where gone.subject = fact.subject)
    group by kind, source_id
)
select coalesce(d.kind, s.kind), case when s.kind is null then 'missing'
       when d.kind is null and s.is_untied then 'untied' when d.kind is null then 'unfounded'
       when s.times > 1 then 'doubled' else 'different' end as finding, count(*)
from derived d full join stored s on s.kind = d.kind and s.source_id = d.source_id
where s.kind is null or d.kind is null or s.times > 1 or s.content <> d.content
group by 1, 2 order by 1, 2
"""  # noqa: S608  our own constants
ERASED = f"""{GONE}
select kind, count(*) from facts_fact join gone using (subject) group by 1 order by 1
"""  # noqa: S608  our own constants
ERASED_SUBJECTS = f"""{GONE}
select count(*) from gone where exists (select from facts_fact f where f.subject = gone.subject)
"""  # noqa: S608  our own constants
# Of an erased child that refused statistics no pseudonym tells that its record is gone; how many such facts there are does.
UNTIED = "select kind, number from facts_erasedcount"
VOIDS = """
select kind, attributes ->> 'reason', count(*) from facts_fact where voids_id is not null group by 1, 2 order by 1, 2
"""
FUNCTIONS = """
create or replace function access.derived_facts() returns table (kind text, {columns})
    language sql stable security definer set search_path = public, pg_temp rows 1000000 as $body${derived}$body$;
create or replace function access.living_subjects() returns setof uuid
    language sql stable security definer set search_path = public, pg_temp rows 1000000 as $body${living}$body$;
create or replace function access.standing_fact(what text, about uuid, day date)
    returns table (id uuid, centre_id uuid, programme text, source text)
    language sql stable security definer set search_path = public, pg_temp as $body$
    select f.id, f.centre_id, f.programme, f.source from facts_fact f
    where f.kind = what and f.source_id = about and f.occurred_on = day and f.voids_id is null
      and f.centre_id = any((select access.centres())::uuid[]) and (select access.may('fact', 'add'))
      and not exists (select from facts_fact v where v.voids_id = f.id)
    limit 1
    $body$;
revoke all on function access.derived_facts(), access.living_subjects(), access.standing_fact(text, uuid, date)
    from public;
grant execute on function access.derived_facts(), access.living_subjects() to tx_counter;
grant execute on function access.standing_fact(text, uuid, date) to tx_app;
grant usage on schema access to tx_counter
"""


@dataclass(frozen=True)
class Check:
    """What `facts rebuild --check` found: numbers by kind, never ids.

    differences  {kind: {missing | unfounded | different | doubled: number}}; empty when all is as derived
    erased       {kind: facts} whose subject has no tie to a person any more; `erased_subjects` are so many persons
    voids        {kind: {reason: number}} of facts taken back
    compared     kinds that can be derived; `not_derived` says of the others why not
    """

    differences: Mapping[str, Mapping[str, int]]
    erased: Mapping[str, int]
    erased_subjects: int
    voids: Mapping[str, Mapping[str, int]]
    compared: tuple[str, ...]
    not_derived: Mapping[str, str]

    @property
    def is_clean(self) -> bool:
        return not self.differences

    def as_json(self) -> dict[str, Any]:
        return {"clean": self.is_clean, **asdict(self)}


def functions() -> str:
    """SQL of the owner's functions over what the contexts declare: derived facts, living pseudonyms, a standing fact."""
    names = list(kinds.DERIVED)
    parts = [
        f"select '{one.code}'::text, {', '.join(f'({name})::{kinds.DERIVED[name]}' for name in names)}"  # noqa: S608
        f" from ({one.derived}) as {one.code}_derived({', '.join(names)})"
        for one in kinds.KINDS.values()
        if one.derived
    ]
    columns = ", ".join(f"{name} {kinds.DERIVED[name]}" for name in names)
    return FUNCTIONS.format(columns=columns, derived="\nunion all\n".join(parts), living=kinds.living_select())


def check(using: str = "counter") -> Check:
    """Derives all facts again and compares, in the database and of one moment; memory here does not grow with facts."""
    derivable = tuple(sorted(one.code for one in kinds.KINDS.values() if one.derived))
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read read only")
        cursor.execute(f"set local work_mem = '{MEMORY}'")
        cursor.execute(COMPARED, {"derivable": list(derivable)})
        differences = _nested(cursor.fetchall())
        cursor.execute(UNTIED)
        differences = _without_erased(differences, dict(cursor.fetchall()))
        cursor.execute(ERASED)
        erased = dict(cursor.fetchall())
        cursor.execute(ERASED_SUBJECTS)
        (subjects,) = cursor.fetchone()
        cursor.execute(VOIDS)
        voids = _nested(cursor.fetchall())
    not_derived = {one.code: one.why_not for one in kinds.KINDS.values() if not one.derived}
    return Check(differences, erased, subjects, voids, derivable, not_derived)


def _without_erased(found: dict[str, dict[str, int]], erased: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Facts without pseudonym and record are right as far as that many were erased; what is more is unfounded."""
    left: dict[str, dict[str, int]] = {}
    for kind, numbers in found.items():
        more = numbers.pop("untied", 0) - erased.get(kind, 0)
        if more > 0:
            numbers["unfounded"] = numbers.get("unfounded", 0) + more
        if numbers:
            left[kind] = numbers
    return left


def voided(using: str = "counter") -> dict[str, dict[str, int]]:
    """How many facts of each kind were taken back, by reason."""
    with connections[using].cursor() as cursor:
        cursor.execute(VOIDS)
        return _nested(cursor.fetchall())


def _nested(rows: list[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for kind, what, number in rows:
        found.setdefault(kind, {})[what] = number
    return found
