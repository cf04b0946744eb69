"""What an engine cannot do is refused with the reason, when it is chosen and not while it counts."""

import pytest

from tests.engines.generated import DIMENSIONS, KINDS, data, made_up
from tongxing.facts import engines
from tongxing.facts.engines import Data, Unable, on_spark
from tongxing.facts.measures import measure, shipped
from tongxing.facts.measures.examples import examples


def test_every_engine_has_its_line_in_the_matrix() -> None:
    assert set(engines.capabilities()) == set(engines.names())
    assert engines.names()[0] == engines.DEFAULT


def test_every_shipped_measure_that_counts_facts_can_be_counted_everywhere() -> None:
    able = {code: engines.able(one) for code, one in shipped().items()}
    assert {code for code, names in able.items() if set(names) == set(engines.names())} == {
        code for code, one in shipped().items() if one.value != "reference"
    }


def test_a_register_is_refused_with_the_reason() -> None:
    one, example = measure("centres_community"), examples()[0]
    with engines.opened("duckdb", *example.data) as tables, pytest.raises(Unable, match="read where it is kept"):
        engines.evaluate(one, tables, example.scope)


def test_a_missing_capability_is_refused_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    less = engines.Capabilities(frozenset({"facts", "count"}), {"places": "it knows no places"}, None)
    monkeypatch.setattr(engines, "capabilities", lambda: {"duckdb": less})
    one = made_up("count", KINDS, "during", "flow", {"need": ("school",)})
    assert engines.reasons("duckdb", one, ("site",)) == ["it does not know 'attributes'", "it knows no places"]


def test_a_dimension_that_the_measure_does_not_have_is_refused() -> None:
    one, example = measure("children_registered"), examples()[0]
    with engines.opened("duckdb", *example.data) as tables, pytest.raises(ValueError, match="not known by"):
        engines.evaluate(one, tables, example.scope, by=("need",))


@pytest.mark.parametrize(("said", "name"), [({}, "duckdb"), ({"TONGXING_ENGINE": "spark"}, "spark")])
def test_the_environment_chooses_the_engine(said: dict[str, str], name: str) -> None:
    assert engines.chosen(said) == name


def test_an_engine_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(Unable, match="known are duckdb, spark, reference"):
        engines.chosen({"TONGXING_ENGINE": "abacus"})


def test_spark_without_a_master_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TONGXING_SPARK_MASTER", raising=False)
    with pytest.raises(Unable, match="TONGXING_SPARK_MASTER"):
        on_spark.backend()


def test_the_plain_engine_refuses_what_is_too_much_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    few = engines.Capabilities(frozenset(), {}, 0)
    monkeypatch.setattr(engines, "capabilities", lambda: {"reference": few})
    with pytest.raises(Unable, match="at most 0 facts"), engines.opened("reference", *examples()[0].data):
        pass


def test_more_dimensions_than_bits_are_counted_margin_by_margin() -> None:
    """Beyond six dimensions the margins of persons no longer fit into one number; the cells stay the same."""
    one, by = made_up("distinct", KINDS, "up_to", "distinct", {}), DIMENSIONS[:7]
    drawn = [fact for example in examples()[:3] for fact in example.data[0].rows.to_pylist()]
    facts = [fact | {"id": str(number), "kind": "one"} for number, fact in enumerate(drawn)]
    scope, found = examples()[0].scope, {}
    for name in ("duckdb", "reference"):
        with engines.opened(name, *data(facts, [])) as tables:
            found[name] = engines.evaluate(one, tables, scope, by=by)
    assert found["duckdb"] == found["reference"]
    assert len(found["duckdb"]) > 2**7


def test_what_is_not_there_is_no_fact() -> None:
    with engines.opened("duckdb", Data.none("facts")) as tables:
        cells = engines.evaluate(measure("registrations"), tables, examples()[0].scope, by=("sex",))
    assert [(cell.keys, cell.value) for cell in cells] == [((), 0)]
