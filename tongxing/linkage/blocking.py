"""Which pairs of a list are worth weighing: those that share a key that few others have.

A block (all rows under one value of a key) larger than the key's cap is left out, because a finer key reaches the same
pairs: the telephone of a dormitory is not worth a look, the telephone together with a given name is.
"""

from typing import NamedTuple, Protocol

_DAY = "birth_day > 0"
_DATE = "birth_year * 10000 + birth_month * 100 + birth_day"
_TURNED = "birth_year * 10000 + least(birth_month, birth_day) * 100 + greatest(birth_month, birth_day)"
_GIVEN = "case when given_last <> '' then given_last else skeleton end"


class Key(NamedTuple):
    """`values`: SQL of each value under which a row is filed; `when`: rows that have it; `each`: the list to unfold."""

    name: str
    values: tuple[str, ...]
    when: str
    cap: int
    each: str = ""


KEYS = (
    Key("document", ("member",), "true", 20, "documents"),
    Key("phone", ("member",), "true", 24, "phones"),
    Key("phone+given", (f"hash(member, {_GIVEN})",), f"{_GIVEN} <> ''", 60, "phones"),
    Key("phone+year", ("hash(member, birth_year)",), "birth_year > 0", 40, "phones"),
    Key("guardian+origin", ("hash(member, origin)",), "origin <> ''", 24, "guardians"),
    Key("guardian+given", (f"hash(member, {_GIVEN})",), f"{_GIVEN} <> ''", 40, "guardians"),
    Key("guardian+year", ("hash(member, birth_year)",), "birth_year > 0", 16, "guardians"),
    Key("guardian", ("member",), "true", 6, "guardians"),
    Key("sound+year", ("hash(near, birth_year)", "hash(near, birth_year + 1)"), "near <> '' and birth_year > 0", 60),
    Key("skeleton+year", ("hash(skeleton, birth_year)", "hash(skeleton, birth_year + 1)"),
        "skeleton <> '' and birth_year > 0", 40),
    Key("sound+anniversary", ("hash(near, birth_month, birth_day)",), f"near <> '' and {_DAY}", 60),
    Key("sound+origin", ("hash(near, origin)",), "near <> '' and origin <> ''", 60),
    Key("skeleton+origin", ("hash(skeleton, origin)",), "skeleton <> '' and origin <> ''", 40),
    Key("sound", ("near",), "near <> ''", 8),
    Key("skeleton", ("skeleton",), "skeleton <> ''", 8),
    Key("day+surname", (f"hash({_DATE}, surname_sound)",), f"surname_sound <> '' and {_DAY}", 40),
    Key("day+given", (f"hash({_DATE}, {_GIVEN})",), f"{_GIVEN} <> '' and {_DAY}", 40),
    Key("day+origin", (f"hash({_TURNED}, origin)",), f"origin <> '' and {_DAY}", 40),
    Key("lunar+origin", (f"hash({_DATE}, origin)", "hash(lunar, origin)"), "origin <> '' and lunar > 0", 40),
    Key("day+initial", (f"hash({_DATE}, substr(skeleton, 1, 2))",), f"skeleton <> '' and {_DAY}", 40),
    Key("family+origin", ("hash(surname_sound, origin, birth_year)",),
        "surname_sound <> '' and origin <> '' and birth_year > 0", 24),
    Key("given+origin", ("hash(surname_sound, given_last, origin)", "hash(surname_sound, given_core, origin)"),
        "surname_sound <> '' and origin <> '' and given_last <> ''", 24),
)  # fmt: skip


class Engine(Protocol):
    """What blocking needs of an engine: `keep` makes a table of a query, `drop` ends it; names of two functions."""

    hash: str
    unfold: str

    def keep(self, name: str, query: str) -> None: ...

    def drop(self, name: str) -> None: ...


def block(engine: Engine, rows: str, pairs: str, touching: str = "") -> None:
    """Makes the table `pairs` (match_key, join_key_l, join_key_r), each pair of rows of two records once.

    touching    name of a table of records (column `record`): only pairs with one of these
    """
    found = []
    for number, key in enumerate(KEYS):
        filed, name = f"{pairs}_filed", f"{pairs}_{number}"
        engine.keep(filed, _filed(engine, key, rows))
        engine.keep(name, _shared(filed, key.cap, touching))
        engine.drop(filed)
        found.append(name)
    union = " union all ".join(f"select * from {name}" for name in found)
    engine.keep(pairs, f"select '0' as match_key, join_key_l, join_key_r from (select distinct * from ({union}) u) d")
    for name in found:
        engine.drop(name)


def _filed(engine: Engine, key: Key, rows: str) -> str:
    source = f"(select *, {engine.unfold}({key.each}) as member from {rows})" if key.each else rows
    parts = [
        f"select {value.replace('hash(', engine.hash + '(')} as k, unique_id, record from {source} s where {key.when}"
        for value in key.values
    ]
    return " union all ".join(parts)


def _shared(filed: str, cap: int, touching: str) -> str:
    only = f" and (a.record in (select record from {touching}) or b.record in (select record from {touching}))"
    return f"""
        with small as (select k from {filed} group by k having count(*) between 2 and {cap}),
             kept as (select f.* from {filed} f join small using (k))
        select a.unique_id as join_key_l, b.unique_id as join_key_r
          from kept a join kept b on a.k = b.k
         where a.unique_id < b.unique_id and a.record <> b.record{only if touching else ""}"""
