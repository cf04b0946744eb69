"""The public home, where to begin after signing in, and the sign of life of a desk that is typing."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from tongxing.access.guard import allow, public
from tongxing.desk import home as front
from tongxing.desk import navigation
from tongxing.organisations.models import NEEDS


@public
def home(request: HttpRequest) -> HttpResponse:
    """What is here for a person on the move, for a partner, for a reader."""
    edition = front.latest_edition()
    page = {
        "tiles": front.tiles(),
        "needs": NEEDS,
        "figures": front.figures(edition) if edition else [],
        "reading": front.reading(edition),
    }
    return render(request, "desk/home.html", page)


@allow("own", "read")
def start(request: HttpRequest) -> HttpResponse:
    """After signing in: the first page that this role has."""
    pages = navigation.entries(navigation.WORK, "", request.acting)  # type: ignore[attr-defined]
    return HttpResponseRedirect(pages[0].url if pages else navigation.address("desk:home"))


@allow("own", "read")
def still_here(request: HttpRequest) -> HttpResponse:
    """A desk that is typing keeps its session: resuming it is all this does."""
    return HttpResponse(status=204)
