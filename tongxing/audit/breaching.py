"""The draft of a breach report: the same on the page and in a file that the command line writes."""

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from tongxing.access.acting import Acting
from tongxing.access.actions import note_read
from tongxing.access.permissions import ROLES
from tongxing.audit import reading, words
from tongxing.audit.forms import BreachForm
from tongxing.organisations.models import Centre


def account_of(form: Any) -> reading.Account | None:
    """Whose log-in was typed; an unknown one is said at the field."""
    login = form.cleaned_data.get("login", "")
    found = reading.account(login) if login else None
    if login and found is None:
        form.add_error("login", _("No account has this log-in."))
    return found


def role_name(code: str) -> Any:
    return ROLES[code].name if code in ROLES else code


def draft(form: BreachForm, *, by: Acting) -> dict[str, Any]:
    """What the sheet shows (audit/_breach.html), under the context of `by`; empty when the form has errors.

    Gathering leaves a trace, also when nothing was found.
    """
    page: dict[str, Any] = {}
    if form.is_valid() and (who := account_of(form)) is not None:
        given = form.cleaned_data
        found = reading.breach(who, given["since_at"], given["until_at"])
        places = dict(Centre.objects.filter(id__in=found.centres).values_list("id", "name"))
        page = {
            "found": found,
            "account": who,
            "kinds": [(words.KINDS.get(kind, kind), number) for kind, number in found.kinds],
            "roles": [role_name(code) for code in found.roles],
            "centres": [places[one] for one in found.centres if one in places],
            "since": given["since"],
            "until": given["until"],
            "printed_at": datetime.now(UTC),
        }
    note_read("trace", [page["account"].id if page else by.user_id], by=by)
    return page
