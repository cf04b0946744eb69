"""Which pairs of a list are worth weighing: those that share a key that few others have.

A block (all rows under one value of a key) larger than the key's cap is left out, because a finer key reaches the same
pairs: the telephone of a dormitory is not worth a look, the telephone together with a given name is.
"""

from typing import NamedTuple, Protocol

_DAY = "birth_day > 0"
_DATE = "birth_year * 10000 + birth_month * 100 + birth_day"
_TURNED = "birth_year * 10000 + least(birth_month, birth_day) * 100 + greatest(birth_month, birth_day)"
_GIVEN = "case when given_last <> '' then given_last else skeleton end"

# A pet name (禾儿) has no surname and is built on one character of the given name, the first or the last.
_CALLED = tuple(
    f"case when given_core <> '' then given_core when {end} <> '' then {end} else skeleton end"
    for end in ("given_first", "given_last")
)


class Key(NamedTuple):
    """`values`: SQL of what is hashed to file a row; `when`: rows that have it; `each`: the list to unfold."""

    name: str
    values: tuple[str, ...]
    when: str
    cap: int
    each: str = ""


KEYS = (
    Key("document", ("member",), "true", 20, "documents"),
    Key("phone", ("member",), "true", 24, "phones"),
    Key("phone+given", (f"member, {_GIVEN}",), f"{_GIVEN} <> ''", 60, "phones"),
    Key("phone+year", ("member, birth_year",), "birth_year > 0", 40, "phones"),
    Key("guardian+origin", ("member, origin",), "origin <> ''", 24, "guardians"),
    Key("guardian+given", (f"member, {_GIVEN}",), f"{_GIVEN} <> ''", 40, "guardians"),
    Key("guardian+year", ("member, birth_year",), "birth_year > 0", 16, "guardians"),
    Key("guardian", ("member",), "true", 6, "guardians"),
    Key("sound+year", ("near, birth_year", "near, birth_year + 1"), "near <> '' and birth_year > 0", 30),
    Key("skeleton+year", ("skeleton, birth_year", "skeleton, birth_year + 1"),
        "skeleton <> '' and birth_year > 0", 40),
    Key("sound+anniversary", ("near, birth_month, birth_day",), f"near <> '' and {_DAY}", 60),
    Key("sound+origin", ("near, origin",), "near <> '' and origin <> ''", 40),
    Key("skeleton+origin", ("skeleton, origin",), "skeleton <> '' and origin <> ''", 40),
    Key("sound", ("near",), "near <> ''", 8),
    Key("skeleton", ("skeleton",), "skeleton <> ''", 8),
    Key("day+surname", (f"{_DATE}, surname_sound",), f"surname_sound <> '' and {_DAY}", 16),
    Key("day+given", (f"{_DATE}, {_GIVEN}",), f"{_GIVEN} <> '' and {_DAY}", 16),
    Key("day+origin+surname", (f"{_TURNED}, origin, surname_sound",), f"origin <> '' and {_DAY}", 40),
    Key("day+origin+given", tuple(f"{_TURNED}, origin, {called}" for called in _CALLED), f"origin <> '' and {_DAY}", 40),
    Key("lunar+origin+surname", (f"{_DATE}, origin, surname_sound", "lunar, origin, surname_sound"),
        "origin <> '' and lunar > 0", 40),
    Key("lunar+origin+given", tuple(f"{day}, origin, {called}" for day in (_DATE, "lunar") for called in _CALLED),
        "origin <> '' and lunar > 0", 40),
    Key("day+initial", (f"{_DATE}, substr(skeleton, 1, 2)",), f"skeleton <> '' and {_DAY}", 40),
    Key("family+origin", ("surname_sound, origin, birth_year",),
        "surname_sound <> '' and origin <> '' and birth_year > 0", 16),
    Key("given+origin", ("surname_sound, given_last, origin",),
        "surname_sound <> '' and origin <> '' and given_last <> ''", 24),
    Key("core+origin", ("surname_sound, given_core, origin", "surname_sound, given_first, origin",
                        "surname_sound, given_last, origin"),
        "surname_sound <> '' and origin <> '' and given_core <> ''", 24),
)  # fmt: skip


class Engine(Protocol):
    """What blocking needs of an engine: `keep` makes a table of a query, `drop` ends it; names of two functions.

    keys_at_once    how many keys one query joins: few where memory counts, all where every query costs
    """

    hash: str
    unfold: str
    keys_at_once: int

    def keep(self, name: str, query: str) -> None: ...

    def drop(self, name: str) -> None: ...


def block(engine: Engine, rows: str, pairs: str, touching: str = "") -> None:
    """Makes the table `pairs` (match_key, join_key_l, join_key_r), each pair of rows of two records once.

    touching    name of a table of records (column `record`): only pairs with one of these
    """
    found, filed = [], f"{pairs}_filed"
    for begin in range(0, len(KEYS), engine.keys_at_once):
        name = f"{pairs}_{begin}"
        keys = KEYS[begin : begin + engine.keys_at_once]
        engine.keep(filed, " union all ".join(_filed(engine, key, place, rows) for place, key in enumerate(keys)))
        engine.keep(name, _shared(filed, touching))
        engine.drop(filed)
        found.append(name)
    union = " union all ".join(f"select * from {name}" for name in found)
    engine.keep(pairs, f"select '0' as match_key, join_key_l, join_key_r from (select distinct * from ({union}) u) d")
    for name in found:
        engine.drop(name)


def _filed(engine: Engine, key: Key, place: int, rows: str) -> str:
    source = f"(select *, {engine.unfold}({key.each}) as member from {rows})" if key.each else rows
    parts = [
        f"select {place} as place, {key.cap} as cap, {engine.hash}({value}) as k, unique_id, record"
        f" from {source} s where {key.when}"
        for value in key.values
    ]
    return " union all ".join(parts)


def _shared(filed: str, touching: str) -> str:
    only = f" and (a.record in (select record from {touching}) or b.record in (select record from {touching}))"
    return f"""
        with small as (select place, k from {filed} group by place, k having count(*) between 2 and max(cap)),
             kept as (select f.* from {filed} f join small using (place, k))
        select a.unique_id as join_key_l, b.unique_id as join_key_r
          from kept a join kept b on a.k = b.k and a.place = b.place
         where a.unique_id < b.unique_id and a.record <> b.record{only if touching else ""}"""
