"""Pure questions about claims: where a page contradicts itself, and which of its claims may be published."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from tongxing.core.words import Words


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


@dataclass(frozen=True)
class Meeting:
    """Where work of several outcomes is named: `pairs` of outcome numbers with the sites that they share, none included."""

    pairs: tuple[tuple[int, int, tuple[str, ...]], ...]
    together: tuple[str, ...]
    alone: tuple[str, ...]
    unnamed: tuple[str, ...]


def meeting(outcomes: Sequence[int], sites: Mapping[str, Collection[int]]) -> Meeting:
    """How the work of `outcomes` meets at `sites` (slug → outcomes named there), in the order given."""
    return Meeting(
        pairs=tuple(
            (one, other, tuple(slug for slug, named in sites.items() if one in named and other in named))
            for one, other in combinations(outcomes, 2)
        ),
        together=tuple(slug for slug, named in sites.items() if len(named) > 1),
        alone=tuple(slug for slug, named in sites.items() if len(named) == 1),
        unnamed=tuple(slug for slug, named in sites.items() if not named),
    )


@dataclass(frozen=True)
class Item:
    """One item of the closing checklist. `asks`: what must be said with the tick. `after`: what has to be done before."""

    code: str
    title: Words
    asks: Words | None
    after: tuple[str, ...]


def in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items, once it is sure that each comes after what it waits for. Raises ValueError naming the item."""
    known: list[Item] = []
    for item in items:
        if missing := set(item.after) - {other.code for other in known}:
            raise ValueError(f"{item.code} waits for {sorted(missing)}, which does not come before it")
        known.append(item)
    return tuple(known)


def waits_for(item: Item, done: Collection[str]) -> tuple[str, ...]:
    """What has to be ticked before `item`, in order."""
    return tuple(code for code in item.after if code not in done)
