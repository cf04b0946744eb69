"""What this context hangs on the person page: the family's requests, and that use is restricted."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tongxing.access.acting import Acting
from tongxing.registry.models import Halt, Person
from tongxing.registry.page import panel
from tongxing.rights.models import Request


def hang() -> None:
    panel("rights", permission="request", query=_part)


def _part(person: Person, by: Acting) -> dict[str, Any]:
    if person.centre_id != by.centre_id:
        return {}
    asked = list(Request.objects.filter(person_id=person.id).order_by("-asked_on", "-id")[:10])
    halted = Halt.objects.filter(person=person, kind=Halt.Kind.RESTRICTION).standing(timezone.localdate()).exists()
    part = {
        "name": "rights",
        "title": _("Requests of the family"),
        "template": "rights/panel.html",
        "column": 2,
        "requests": asked,
        "start_url": reverse("rights:request_start", args=[person.id]),
    }
    flags = [{"text": _("Use is restricted"), "colour": "orange"}] if halted else []
    return {"panels": [part], "flags": flags}
