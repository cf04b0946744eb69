"""Pure questions about claims: where a page contradicts itself, and which of its claims may be published."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


class Slip(ValueError):
    """The page says the same number in two ways, and nobody has decided which one it means."""


@dataclass(frozen=True)
class Said:
    """One claim as far as its consistency goes. `population` is compared word by word."""

    code: str
    figure: str
    value: Decimal
    population: str
    claim_class: str
    stands: bool
    qualifier: str = "exactly"


def publishable(claims: Sequence[Said]) -> list[Said]:
    """The claims that stand, in order. Raises Slip where two say one number of two populations or with two qualifiers."""
    standing = [claim for claim in claims if claim.stands]
    for place, claim in enumerate(standing):
        for other in standing[:place]:
            if (claim.figure, claim.value) != (other.figure, other.value):
                continue
            for thing, one, two in (
                ("populations", other.population, claim.population),
                ("qualifiers", other.qualifier, claim.qualifier),
            ):
                if one != two:
                    raise Slip(
                        f"{other.code} and {claim.code} say {claim.value:,.0f} of two {thing} ({one}; {two}): "
                        "only one may stand"
                    )
    return standing


def total(claims: Sequence[Said]) -> Decimal:
    """The sum of claims of one class. Raises ValueError when delivered, adopted and planned would be mixed."""
    if len(classes := {claim.claim_class for claim in claims}) > 1:
        raise ValueError(f"never summed: {', '.join(sorted(classes))}")
    return sum((claim.value for claim in claims), Decimal(0))
