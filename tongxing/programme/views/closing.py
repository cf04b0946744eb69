"""The closing checklist: what is done, by whom, and what has to come first. The coordinator's release is its last item."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongxing.access.guard import allow
from tongxing.programme import actions
from tongxing.programme.closing import items
from tongxing.programme.forms import TickForm
from tongxing.programme.models import Programme, Tick
from tongxing.programme.rules.closing import waits_for
from tongxing.programme.views.chosen import programmes


@allow("closing", "read")
@require_http_methods(["GET", "POST"])
def closing(request: HttpRequest, code: str) -> HttpResponse:
    """The list; the coordinator ticks an item, or takes a tick back."""
    programme = get_object_or_404(Programme, code=code)
    form, asked, status = TickForm(), "", 200
    if request.method == "POST":
        asked, form = request.POST.get("item", ""), TickForm(request.POST)
        if asked not in {item.code for item in items()}:
            raise Http404
        if _done(request, programme, asked, form):
            return HttpResponseRedirect(f"{reverse('programme:closing', args=[code])}#{asked}")
        status = 422
    ticks = {tick.item: tick for tick in Tick.objects.filter(programme=programme, taken_back_at=None)}
    names = {item.code: item.title for item in items()}
    lines: list[dict[str, Any]] = [
        {
            "item": item,
            "tick": ticks.get(item.code),
            "waits": [names[one] for one in waits_for(item, ticks)],
            "form": form if item.code == asked else TickForm(auto_id=f"id_{item.code}_%s"),
            "is_asked": item.code == asked,
        }
        for item in items()
    ]
    page = {"programme": programme, "programmes": programmes(), "lines": lines, "done": len(ticks), "form": form}
    return render(request, "programme/closing.html", page | {"is_asked": bool(asked)}, status=status)


def _done(request: HttpRequest, programme: Programme, code: str, form: TickForm) -> bool:
    """Was the form carried out? What stood in its way is written on it."""
    by = request.acting  # type: ignore[attr-defined]
    try:
        if "take_back" in request.POST:
            actions.take_back(code, programme=programme, by=by)
            return True
        if form.is_valid():
            given = form.cleaned_data
            actions.tick(code, programme=programme, done_on=given["done_on"], note=given["note"], by=by)
            return True
    except actions.TooEarly:
        form.add_error(None, _("Something else comes first, or waits for this. Look at the list."))
    except ValueError:
        form.add_error("note", _("Say what the item asks"))
    return False
