"""The public directory of services: one question in, ranked services out. Nothing of the question is kept."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import get_language

from tongxing.organisations import rules
from tongxing.organisations.models import Division, Service

MOST_PLACES = 50  # a single letter is the beginning of thousands of names
SHOWN = 50


@dataclass(frozen=True)
class Found:
    """One service as the list shows it. `opening` has the centre's wall clock."""

    service: Service
    opening: rules.Open
    is_elsewhere: bool  # not in the place that was asked for, but in the same city or prefecture


@dataclass(frozen=True)
class Answer:
    """Places that the typed text means, and services in them or near: open first, then nearest; `total` counts all."""

    places: list[Division]
    found: list[Found]
    total: int

    @property
    def checked_on(self) -> date | None:
        """The oldest day on which the hours shown were checked."""
        return min((item.service.checked_on for item in self.found), default=None)


def find(wish: rules.Wish, moment: datetime) -> Answer:
    """Services for a wish at an aware `moment`. A place that nobody knows finds nothing; no place means everywhere."""
    services = Service.objects.with_places().meeting(need=wish.need, age=wish.age)
    places: list[Division] = []
    wanted: set[str] = set()
    if wish.place.strip():
        places = list(Division.objects.named(wish.place).select_related("parent")[:MOST_PLACES])
        wanted = {place.code for place in places}
        services = services.within(wanted | {code for place in places if (code := _around(place))})
    ranked = []
    for service in services:
        opening = service.opening(moment)
        if not rules.suits(wish, opening, service.week(), service.languages):
            continue
        path = [place.code for place in service.centre.division.path()]
        distance = rules.closeness(path, wanted) if wanted else 0
        key = rules.rank(opening, distance, service.name.spoken(get_language() or "en"))
        ranked.append((key, str(service.id), Found(service, opening, is_elsewhere=distance > 0)))
    ranked.sort(key=lambda item: item[:2])
    return Answer(places, [item for _key, _id, item in ranked[:SHOWN]], len(ranked))


def _around(place: Division) -> str:
    """The city or prefecture of a county; a municipality such as Tianjin counts as a city. Else ""."""
    if place.level != "county" or place.parent is None:
        return ""
    is_near = place.parent.level == "prefecture" or place.parent_id in ("110000", "120000", "310000", "500000")
    return str(place.parent_id) if is_near else ""
