"""What the desk and the data protection officer type."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from tongxing.core.dates import PartialDate, parse_birth
from tongxing.registry.page import RELATIONS
from tongxing.rights.models import Identity, Kind, Refusal

ASKING = [*RELATIONS.items(), ("self", gettext_lazy("the young person"))]


class RequestForm(forms.Form):
    """Who asks for what, and how the desk made sure of it."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What the family asks for"),
        choices=Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the family asks for")},
    )
    requester = forms.CharField(
        label=gettext_lazy("Who asks"),
        max_length=120,
        error_messages={"required": gettext_lazy("Write down who asks")},
    )
    relation = forms.ChoiceField(label=gettext_lazy("Who that is to the child"), choices=ASKING)
    identity = forms.ChoiceField(
        label=gettext_lazy("How you made sure"),
        choices=Identity.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say how you made sure who asks")},
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the answer"), choices=settings.LANGUAGES)
    words = forms.CharField(
        label=gettext_lazy("In the family’s words"),
        help_text=gettext_lazy("For a correction: what is wrong, and what is right."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class NumberedRequestForm(RequestForm):
    """The same from a telephone call or a letter: the child by the number on its card."""

    number = forms.CharField(
        label=gettext_lazy("Number on the child’s card"),
        max_length=20,
        error_messages={"required": gettext_lazy("Write the number on the card")},
    )
    field_order = ("number",)


class RulingForm(forms.Form):
    """Granted, or refused with a reason from the list."""

    ruling = forms.ChoiceField(
        label=gettext_lazy("Your ruling"),
        choices=[("granted", gettext_lazy("Grant it")), ("refused", gettext_lazy("Refuse it"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Grant it or refuse it")},
    )
    refused_for = forms.ChoiceField(
        label=gettext_lazy("Reason, if you refuse"), choices=[("", "—"), *Refusal.choices], required=False
    )
    words = forms.CharField(
        label=gettext_lazy("What else the family should know (printed)"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("ruling") == "refused" and not given.get("refused_for"):
            self.add_error("refused_for", gettext_lazy("Choose the reason: it is printed for the family"))
        return given


class HoldForm(forms.Form):
    """Why a record may not be erased for now, and until when."""

    number = forms.CharField(
        label=gettext_lazy("Number on the child’s card"),
        max_length=20,
        error_messages={"required": gettext_lazy("Write the number on the card")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason: which court or authority, which file"),
        max_length=270,
        error_messages={"required": gettext_lazy("Say why the record must be kept")},
    )
    until_on = forms.DateField(
        label=gettext_lazy("Last day (empty: until you end it)"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}),
        error_messages={"invalid": gettext_lazy("Write the date as 2012-05-31")},
    )

    def clean_until_on(self) -> Any:
        day = self.cleaned_data["until_on"]
        if day and day < timezone.localdate():
            raise forms.ValidationError(gettext_lazy("This day is over"))
        return day


class CorrectionForm(forms.Form):
    """What is right instead; what is left as it was stays."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=120)
    spoken = forms.CharField(label=gettext_lazy("How it is spoken"), max_length=200, required=False)
    sex = forms.ChoiceField(
        label=gettext_lazy("Sex"),
        choices=[
            ("female", gettext_lazy("female")),
            ("male", gettext_lazy("male")),
            ("not_stated", gettext_lazy("not stated")),
        ],
    )
    birth = forms.CharField(label=gettext_lazy("Birth date"), max_length=60, required=False)
    guardian = forms.CharField(label=gettext_lazy("Guardian"), max_length=120, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=60, required=False)
    community = forms.CharField(label=gettext_lazy("Community or village"), max_length=120, required=False)
    address = forms.CharField(label=gettext_lazy("Address"), max_length=200, required=False)

    def clean_birth(self) -> PartialDate | None:
        typed = self.cleaned_data["birth"].strip()
        if not typed:
            return None
        read = parse_birth(typed, timezone.localdate())
        if not isinstance(read, PartialDate):
            raise forms.ValidationError(gettext_lazy(read.remedy))
        return read
