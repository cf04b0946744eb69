"""What a view must say about itself: `@public`, or `@allow(part, verb)`. A view that says neither is refused."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from tongxing.access import security

View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """Open to everyone, signed in or not."""
    view.tx_guard = ("public", "")  # type: ignore[attr-defined]
    return view


def only_get(view: View) -> View:
    """For programs, which send no form: any other method is 405 at once, and not a form without its token."""
    view.tx_methods = ("GET",)  # type: ignore[attr-defined]
    return view


def allow(part: str, verb: str) -> Callable[[View], View]:
    """Only for roles whose matrix cell allows it: `@allow("person", "read")`."""

    def guarded(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            acting = request.acting  # type: ignore[attr-defined]
            if acting is None:
                # What was posted cannot be repeated after signing in: then the first page of the role is the way back.
                onward = {"next": request.get_full_path()} if request.method == "GET" else {}
                return HttpResponseRedirect(f"{reverse('desk:sign_in')}?{urlencode(onward)}")
            if not acting.may(part, verb):
                match = request.resolver_match
                security.note(security.REFUSED, user_id=acting.user_id, path=match.view_name if match else "")
                raise PermissionDenied
            if acting.owes_conduct and part != "own":
                return HttpResponseRedirect(reverse("desk:conduct"))
            return view(request, *args, **kwargs)

        inner.tx_guard = (part, verb)  # type: ignore[attr-defined]
        return inner

    return guarded
