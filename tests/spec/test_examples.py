"""The worked examples beside the measures, which the public reads too: run on every engine."""

from decimal import Decimal
from typing import Any

import pytest

from tongxing.facts import engines
from tongxing.facts.calculation import evaluate_funnel
from tongxing.facts.measures import measure, shipped
from tongxing.facts.measures.examples import Example, examples
from tongxing.facts.results import Cell, Funnel

ALL = {example.name: example for example in examples()}


def found(example: Example, engine: str) -> dict[Any, Any]:
    with engines.opened(engine, *example.data) as tables:
        cells = engines.evaluate(measure(example.measure), tables, example.scope, by=example.by)
    return {cell.keys: number(cell) for cell in cells}


def number(cell: Cell) -> Any:
    return (cell.numerator, cell.denominator) if cell.is_ratio else cell.value


@pytest.mark.parametrize("engine", ["duckdb", "reference"])
@pytest.mark.parametrize("name", ALL)
def test_the_example_comes_out_as_it_is_written(name: str, engine: str) -> None:
    assert found(ALL[name], engine) == ALL[name].expected


def test_every_measure_that_counts_facts_has_an_example() -> None:
    shown = {example.measure for example in examples()}
    assert shown == {code for code, one in shipped().items() if one.value != "reference"}


def test_no_two_examples_have_one_name() -> None:
    assert len(ALL) == len(examples())


def test_a_wrong_example_would_be_noticed() -> None:
    wrong = ALL["two_centres_one_child"].model_copy(update={"cells": "centre | value\n* | 3\n1 | 1\n2 | 2"})
    assert found(wrong, "duckdb") != wrong.expected


def test_a_ratio_over_nothing_has_no_value() -> None:
    example = ALL["ratio_over_nothing"]
    with engines.opened("duckdb", *example.data) as tables:
        cells = engines.evaluate(measure(example.measure), tables, example.scope)
    assert [cell.value for cell in cells] == [None]


def test_the_way_from_records_to_children_adds_up() -> None:
    example = ALL["linked_records_count_once"]
    with engines.opened("duckdb", *example.data) as tables:
        funnel = evaluate_funnel(measure(example.measure), tables, example.scope)
    assert funnel == Funnel(gross=5, again_in_one_centre=1, again_elsewhere=1, refused_statistics=0, distinct=3)
    taken_off = funnel.again_in_one_centre + funnel.again_elsewhere + funnel.refused_statistics
    assert Decimal(funnel.gross - taken_off) == example.expected[()]
