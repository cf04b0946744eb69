"""A measure as an Ibis expression: the same on DuckDB and on Spark. Tables in, expression out; nothing is run here.

Facts have the columns of `store.FACT`, identities those of `store.IDENTITY`.
"""

import datetime
import functools
import operator
from collections.abc import Sequence

import ibis
from ibis import _

from tongxing.facts.ages import AGE_BANDS, OLDER
from tongxing.facts.measures import FIXED_DIMENSIONS, Measure
from tongxing.facts.results import NOT_STATED, Scope

DATE_PARTS = ("month", "quarter", "year")
# All margins of six dimensions but the finest fit into one whole number; two rows of a person never agree in that one.
MOST_MARGINS = 6
EVERY_MARGIN = ibis.literal(2**63 - 1, "int64")
MARK = "\x1f"  # stands in no label


@ibis.udf.agg.builtin
def bit_or(bits: int) -> int:  # type: ignore[empty-body]
    """All bits that are set anywhere: a function of both engines that Ibis does not know of Spark."""


@ibis.udf.scalar.builtin
def get_json_object(document: str, path: str) -> str:  # type: ignore[empty-body]
    """The text at `path`: a function of Spark; DuckDB gets it as a macro (engines/on_duckdb.py)."""


def living(facts: ibis.Table, measure: Measure, scope: Scope) -> ibis.Table:
    """The facts that `measure` counts: its kinds, its filter, within the scope, none taken back."""
    if measure.basis == "during":
        facts = facts.filter(_.occurred_on >= scope.period.start)
    alive = standing(facts, measure.kinds, scope)
    for name, allowed in measure.where.items():
        alive = alive.filter(_label(alive, name).isin(allowed))
    return alive


def standing(facts: ibis.Table, kinds: Sequence[str], scope: Scope) -> ibis.Table:
    """All facts of `kinds` up to the end of the scope, of its programme and as known at its moment, none taken back."""
    known = facts.filter(_.kind.isin(kinds), _.occurred_on <= scope.period.end)
    if scope.programme:
        known = known.filter(_.programme == scope.programme)
    if scope.as_of is not None:
        known = known.filter(_.recorded_at <= ibis.literal(_utc(scope.as_of)))
    taken_back = known.filter(_.voids.notnull()).select(taken_back="voids")
    alive = known.filter(_.voids.isnull())
    return alive.anti_join(taken_back, alive.id == taken_back.taken_back)


def located(facts: ibis.Table, places: ibis.Table) -> ibis.Table:
    """With the site of the centre, as the register has it now."""
    joined = facts.left_join(places, facts.centre == places.of_centre)
    return joined.drop("of_centre")


def labelled(facts: ibis.Table, by: Sequence[str]) -> ibis.Table:
    """With one text column `by_<dimension>` each, where nothing is stated `not_stated`: parts always meet the total."""
    labels = {f"by_{name}": _label(facts, name) for name in by}
    return facts.mutate(**labels) if labels else facts


def identified(facts: ibis.Table, identities: ibis.Table, as_of: datetime.datetime | None) -> ibis.Table:
    """With `who`: the identity of the subject as linked at `as_of`, else the subject itself; empty where refused."""
    links = identities
    if as_of is not None:
        moment = ibis.literal(_utc(as_of))
        links = links.filter(_.valid_from <= moment, _.valid_to.isnull() | (_.valid_to > moment))
    else:
        links = links.filter(_.valid_to.isnull())
    links = links.group_by(linked="subject").agg(identity=_.identity.argmax(_.valid_from))
    joined = facts.left_join(links, facts.subject == links.linked)
    return joined.mutate(who=ibis.coalesce(_.identity, _.subject))


def counted(facts: ibis.Table, measure: Measure, by: Sequence[str]) -> ibis.Table:
    """One row a cell: the labels of `by` and `value`."""
    value = {"count": _.count(), "distinct": _.who.nunique(), "sum": _.quantity.sum().fill_null(0)}[measure.value]
    if not by:
        return facts.aggregate(value=value)
    return facts.group_by([f"by_{name}" for name in by]).agg(value=value)


def first_seen(facts: ibis.Table, by: Sequence[str]) -> ibis.Table:
    """One row for each finest cell and `seen`: `value` persons, each counted by the margins whose bit of `seen` is 0.

    A person with one combination of labels is new to every margin. Of a person with several, they are put in order;
    a margin has seen the person when an earlier one agrees with this one in all dimensions that the margin keeps.
    So one scan gives all 2^n margins of a number that does not add up, and each person is compared with itself only.
    """
    labels = [f"by_{name}" for name in by]
    pairs = facts.select("who", *labels).distinct()
    many = pairs.group_by("who").agg(times=_.count()).filter(_.times > 1, _.who.notnull()).select("who")
    single = (
        pairs.anti_join(many, "who").group_by(labels).agg(value=_.who.count()).mutate(seen=ibis.literal(0, "int64"))
    )
    several = pairs.semi_join(many, "who").mutate(mark=ibis.literal(MARK).join([pairs[label] for label in labels]))
    earlier = several.rename({f"earlier_{name}": name for name in ("mark", *labels)})
    compared = several.inner_join(earlier, ["who", several.mark > earlier.earlier_mark])
    agreed = [compared[label] == compared[f"earlier_{label}"] for label in labels]
    seen = functools.reduce(
        operator.and_, (ibis.ifelse(same, EVERY_MARGIN, _without(place)) for place, same in enumerate(agreed))
    )
    before = compared.group_by("who", "mark").agg(known=bit_or(seen))
    joined = several.left_join(before, ["who", "mark"]).mutate(seen=ibis.coalesce(_.known, 0))
    counted = joined.group_by(*labels, "seen").agg(value=_.who.count())
    columns = (*labels, "value", "seen")
    return single.select(*columns).union(counted.select(*columns))


def _without(place: int) -> ibis.Value:
    """The margins that leave out the dimension at `place`, as bits."""
    return ibis.literal(sum(1 << margin for margin in range(63) if not margin >> place & 1), "int64")


def funnel(facts: ibis.Table) -> ibis.Table:
    """One row: how `identified` facts become persons."""
    place = ibis.coalesce(_.centre, "")
    return facts.aggregate(
        gross=_.count(),
        stated=_.who.count(),
        placed=(_.who + "|" + place).nunique(),
        distinct=_.who.nunique(),
    )


def _label(facts: ibis.Table, name: str) -> ibis.Value:
    return ibis.coalesce(_column(facts, name).nullif(""), NOT_STATED)


def _column(facts: ibis.Table, name: str) -> ibis.Value:
    if name in DATE_PARTS:
        day = facts.occurred_on
        year = day.year().cast("string")
        part = {"month": day.month().cast("string").lpad(2, "0"), "quarter": day.quarter().cast("string")}
        if name == "year":
            return year
        return year + ("-" if name == "month" else "-Q") + part[name]
    if name == "age_band":
        age = facts.occurred_on.year() - facts.birth_year.cast("int32")
        bands = [(age <= upper, label) for upper, label in AGE_BANDS]
        return ibis.cases((age.isnull(), ibis.null("string")), *bands, else_=OLDER)
    if name in FIXED_DIMENSIONS:
        return facts[name]
    return get_json_object(facts.attributes, f"$.{name}")


def _utc(moment: datetime.datetime) -> datetime.datetime:
    """Facts carry UTC without a zone: engines differ in what they make of zones."""
    return moment.astimezone(datetime.UTC).replace(tzinfo=None)
