"""Which of several programmes a page at work is about."""

from django.http import Http404, HttpRequest

from tongxing.programme.models import Programme


def programmes() -> list[Programme]:
    """All programmes, those with figures first."""
    return sorted(Programme.objects.all(), key=lambda one: (not one.key_figures, one.code))


def chosen(request: HttpRequest) -> Programme:
    """The one named in the address or form as `programme`, else the first. Raises Http404 for an unknown one."""
    found = programmes()
    code = request.POST.get("programme") or request.GET.get("programme") or (found[0].code if found else "")
    for one in found:
        if one.code == code:
            return one
    raise Http404
