"""Forms of the security administrator: who, where, in which role; and what was looked at before a reset."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxing.access.models import IdentityCheck
from tongxing.access.permissions import ROLES
from tongxing.organisations.models import Centre
from tongxing.organisations.roster import LOGIN

SPOKEN = [("zh-hans", _("Chinese")), ("en", _("English")), ("mn", _("Mongolian"))]


class PlaceForm(forms.Form):
    """A place of work. National roles leave the centre empty."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=[("", _("Choose")), *((code, role.name) for code, role in ROLES.items())],
        error_messages={"required": _("Choose a role")},
    )
    centre = forms.ModelChoiceField(
        label=_("Centre"),
        help_text=_("Empty for national roles"),
        queryset=Centre.objects.order_by("slug"),
        to_field_name="slug",
        required=False,
        empty_label=_("None"),
    )
    starts_on = forms.DateField(
        label=_("From"),
        error_messages={"required": _("Say from which day"), "invalid": _("Write a day like 2026-12-01")},
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}),
    )
    ends_on = forms.DateField(
        label=_("Until (empty: without end)"),
        required=False,
        error_messages={"invalid": _("Write a day like 2026-12-01")},
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        role, start, end = given.get("role"), given.get("starts_on"), given.get("ends_on")
        if role and (ROLES[role].scope == "national") != (given.get("centre") is None):
            national = ROLES[role].scope == "national"
            self.add_error("centre", _("A national role has no centre") if national else _("Choose the centre"))
        if start and end and end <= start:
            self.add_error("ends_on", _("“Until” must be later than “From”."))
        return given


class AccountForm(PlaceForm):
    """Somebody new, with the first place of work."""

    field_order = ("login", "name", "language")
    login = forms.RegexField(
        rf"\A(?:{LOGIN.pattern})\Z",
        strip=True,
        label=_("Log-in"),
        help_text=_("Small letters, digits, dot and hyphen; it never changes"),
        error_messages={
            "required": _("Choose a log-in"),
            "invalid": _("The log-in takes small letters, digits, dot and hyphen, at least two."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-20"}),
    )
    name = forms.CharField(
        label=pgettext_lazy("staff", "Name"), max_length=120, error_messages={"required": _("Write the name")}
    )
    language = forms.ChoiceField(label=_("Language of the slip"), choices=SPOKEN)


class ResetForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What is lost"),
        choices=[
            ("phone", _("The telephone: the password stays and is asked for")),
            ("password", _("The password: the telephone stays and is asked for")),
            ("both", _("Both: a second administrator must have looked within a day")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say what is lost")},
    )
    document = forms.ChoiceField(
        label=_("What you looked at"),
        help_text=_("Only which kind: no number is written down anywhere"),
        choices=IdentityCheck.DOCUMENTS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say by what you know who it is")},
    )


class LeavingForm(forms.Form):
    heir = forms.ChoiceField(label=_("Who takes over the drafts"), required=False)

    def __init__(self, *args: Any, colleagues: list[tuple[str, str]], is_due: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_due = is_due
        self.fields["heir"].choices = [("", _("Choose")), *colleagues]  # type: ignore[attr-defined]

    def clean_heir(self) -> str:
        heir = str(self.cleaned_data["heir"])
        if self.is_due and not heir:
            raise forms.ValidationError(_("There are drafts: name the colleague who takes them over"))
        return heir


class ReviewForm(forms.Form):
    verdict = forms.ChoiceField(
        choices=[("keep", _("keep")), ("end", _("end"))],
        error_messages={"required": _("Keep or end?")},
    )
    reason = forms.CharField(max_length=200, error_messages={"required": _("Write the reason in a few words")})


class RosterForm(forms.Form):
    file = forms.FileField(
        label=_("Workbook (.xlsx)"),
        error_messages={"required": _("Choose the workbook"), "empty": _("The file is empty")},
    )
