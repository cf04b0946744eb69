"""Forms of the front doors."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SignInForm(forms.Form):
    login = forms.CharField(
        label=_("Log-in"),
        max_length=60,
        error_messages={"required": _("Type your log-in")},
        widget=forms.TextInput(attrs={"autocomplete": "username", "class": "govuk-input--width-20"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        error_messages={"required": _("Type your password")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "govuk-input--width-20"}),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        help_text=_("Six digits; full-width digits are fine"),
        max_length=20,
        error_messages={"required": _("Type the six digits that your authenticator shows now")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "govuk-input--width-5 tx-code"}
        ),
    )
