"""The public page on which services are found."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongxing.access.guard import public
from tongxing.organisations import directory, offers
from tongxing.organisations.forms import FindForm


@public
@require_safe
@never_cache  # leaves less behind on a shared computer
def find(request: HttpRequest) -> HttpResponse:
    """Services by place, need, opening hours, language and age. What is looked for is not recorded.

    Template context: form (bound), place (what was typed), services (list of offers.Offer; None when the form has
    errors), count (of all that fit), checked_on (oldest check of the hours shown), hint (one sentence or ""). 422 when
    something cannot be read: nothing is looked for then and everything typed is kept.
    """
    form = FindForm(request.GET)
    if not form.is_valid():
        return render(request, "organisations/find.html", {"form": form, "services": None}, status=422)
    wish = form.wish()
    answer = directory.find(wish, timezone.now())
    page = {
        "form": form,
        "place": wish.place,
        "services": [offers.offer(found) for found in answer.found],
        "count": answer.total,
        "checked_on": answer.checked_on,
        "hint": offers.hint(answer, wish.place),
    }
    return render(request, "organisations/find.html", page)
