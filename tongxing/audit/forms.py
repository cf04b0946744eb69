"""What the audit administrator asks, and what he or she answers to a finding. No name of a child is ever asked for."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tongxing.access.permissions import ROLES
from tongxing.audit import words
from tongxing.audit.models import Finding

LONGEST = 92  # days of a draft: one quarter
DAY = {"invalid": gettext_lazy("Write the day as 2026-11-22.")}


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, error_messages=DAY)


def _line(label: Any, **options: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=120, widget=widget, **options)


class _Window(forms.Form):
    """From the first moment of one day to the last of another, on the reader's clock."""

    since = _day(pgettext_lazy("trace", "From"))
    until = _day(pgettext_lazy("trace", "Until"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("until", _("The last day is before the first."))
        zone = timezone.get_current_timezone()
        given["since_at"] = datetime.combine(since, time(), tzinfo=zone) if since else None
        given["until_at"] = datetime.combine(until + timedelta(days=1), time(), tzinfo=zone) if until else None
        return given


class TraceForm(_Window):
    """Who looked at what: every field may stay empty."""

    number = _line(gettext_lazy("Number of a record"))
    login = _line(gettext_lazy("Log-in of an account"))
    centre = _line(pgettext_lazy("trace", "Centre"))
    role = forms.ChoiceField(label=gettext_lazy("Role"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("What was shown"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = ("", _("all"))
        self.fields["role"].choices = [every, *((role.code, role.name) for role in ROLES.values())]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [every, *words.KINDS.items()]  # type: ignore[attr-defined]


class EventsForm(_Window):
    """Failed log-ins, refusals, emergencies."""

    login = _line(gettext_lazy("Log-in of an account"))
    kind = forms.ChoiceField(label=gettext_lazy("What happened"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("all")), *words.EVENTS.items()]  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """What became of a finding."""

    state = forms.ChoiceField(
        label=gettext_lazy("What became of it"),
        choices=[
            (Finding.State.EXPLAINED, gettext_lazy("Explained: there was a good reason")),
            (Finding.State.REPORTED, gettext_lazy("Reported: it is followed up")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what became of it")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Whom you asked, what was said, to whom it was reported. No name of a child."),
        min_length=10,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": gettext_lazy("Write how you know"),
            "min_length": gettext_lazy("Write a full sentence: somebody reads it in a year"),
        },
    )


class BreachForm(_Window):
    """Whose look-ups, in which days, for the draft of a report."""

    login = forms.CharField(
        label=gettext_lazy("Log-in of an account"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write the log-in of the account")},
    )
    field_order = ("login", "since", "until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("since", "until"):
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = _("Choose the first and the last day")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        since, until = given.get("since"), given.get("until")
        if since and until and (until - since).days > LONGEST:
            self.add_error("until", _("Choose at most three months; make a second draft for the rest."))
        return given
