"""A measure that cannot be true is refused when it is read, with line and reason."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from tongxing.facts.kinds import KINDS
from tongxing.facts.measures import BadMeasure, read, shipped

pytestmark = pytest.mark.usefixtures("in_english")
TEXTS = "\n".join(f"{name}: {{zh: 一, en: one, mn: нэг}}" for name in ("title", "unit", "counted", "one", "where_when"))
GOOD = f"""code: visits
version: 1
value: count
kinds: [visit]
topic: persons
additivity: flow
over_time: sum
over_place: sum
dimensions: [centre]
{TEXTS}
"""


@pytest.fixture
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_a_good_measure_is_read() -> None:
    assert read(GOOD)[0].code == "visits"


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        (("value: count", "value: distinct"), 1, "persons counted once are a kind of number of their own"),
        (("additivity: flow", "additivity: stock"), 1, "a stock may not be summed over time"),
        (("additivity: flow", "additivity: distinct"), 1, "records and quantities happen in a period"),
        (("kinds: [visit]", "kinds: []"), 1, "name at least one fact kind"),
        (("kinds: [visit]", "kinds: [visit]\nnumerator: a"), 1, "a ratio names numerator and denominator"),
        (("additivity: flow", "additivity: stock\nbasis: during"), 1, "a stock may not be summed over time"),
        (("additivity: flow", "additivity: flow\nbasis: up_to"), 1, "a flow is counted during the period"),
        (("additivity: flow", "additivity: score"), 1, "records and quantities happen in a period"),
        (("over_time: sum", "over_time: average"), 1, "over_time: .*sum, none"),
        (("over_place: sum", "over_place: guess"), 8, "'sum' or 'none'"),
        (("topic: persons", "topic: persons\ncolour: red"), 6, "not permitted"),
        (("title: {zh: 一, en: one, mn: нэг}", "title: {zh: 一, en: one}"), 10, "no text in mn"),
    ],
)
def test_a_bad_measure_names_line_and_reason(change: tuple[str, str], line: int, reason: str) -> None:
    with pytest.raises(BadMeasure, match=f"visits.yaml:{line}.*{reason}"):
        read(GOOD.replace(*change), "visits.yaml")


@pytest.mark.parametrize(
    ("roll_up", "double"),
    [
        ("over_time", ["at the same site again in another period"]),
        ("over_place", ["at another site of the same agency", "at another agency", "place that sends and"]),
    ],
)
def test_a_distinct_count_may_never_be_summed_and_the_refusal_names_the_double_counting(
    roll_up: str, double: list[str]
) -> None:
    text = GOOD.replace("value: count", "value: distinct").replace("additivity: flow", "additivity: distinct")
    other = {"over_time": "over_place", "over_place": "over_time"}[roll_up]
    with pytest.raises(BadMeasure, match="one person may be counted") as refused:
        read(text.replace(f"{other}: sum", f"{other}: none"))
    assert [words for words in double if words not in str(refused.value)] == []


def test_ratios_may_never_be_summed() -> None:
    text = GOOD.replace("value: count", "value: ratio").replace("kinds: [visit]", "numerator: a\ndenominator: b")
    with pytest.raises(BadMeasure, match="added up first, then divided"):
        read(text.replace("additivity: flow", "additivity: ratio"))


def test_shipped_measures_speak_three_languages_and_know_their_parts() -> None:
    assert {"children_registered", "registrations", "referral_success", "centres_community"} <= set(shipped())


def test_shipped_measures_count_declared_kinds_by_declared_dimensions() -> None:
    from tongxing.facts.measures import FIXED_DIMENSIONS

    for one in shipped().values():
        for kind in one.kinds:
            assert kind in KINDS, f"{one.code} counts {kind}, which no context declares"
            known = {*FIXED_DIMENSIONS, *KINDS[kind].attributes}
            assert set(one.dimensions) <= known, f"{one.code}: {kind} knows nothing of {set(one.dimensions) - known}"
