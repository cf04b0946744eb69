"""Pure question about pilot sites: where the work of several outcomes met, and where it did not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations


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
