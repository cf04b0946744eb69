"""A page's own slips cannot be published, and different kinds of reach are never one number."""

from decimal import Decimal

import pytest

from tongxing.programme.rules import Said, Slip, publishable, total


def said(
    code: str, population: str, *, stands: bool = True, value: int = 16000, claim_class: str = "delivered"
) -> Said:
    return Said(code, "professionals_trained", Decimal(value), population, claim_class, stands)


POLICE, ALL = "police officers", "police officers, education and health workers"


def test_one_number_of_two_populations_is_refused() -> None:
    with pytest.raises(Slip, match="16,000 of two populations"):
        publishable([said("outcome", ALL), said("summary", POLICE)])


def test_once_decided_only_the_claim_that_stands_is_published() -> None:
    assert [claim.code for claim in publishable([said("outcome", ALL), said("summary", POLICE, stands=False)])] == [
        "outcome"
    ]


def test_other_numbers_and_the_same_population_are_no_slip() -> None:
    assert len(publishable([said("a", ALL), said("b", ALL), said("c", POLICE, value=7000)])) == 3


def test_delivered_adopted_and_planned_are_never_summed() -> None:
    with pytest.raises(ValueError, match="never summed: adopted_by_others, planned"):
        total([said("a", ALL, claim_class="adopted_by_others"), said("b", ALL, claim_class="planned")])
    assert total([said("a", ALL, value=1), said("b", ALL, value=2)]) == 3
