"""Forms of the front doors."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxing.access.slips import weakness


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
        help_text=_("Six digits; full-width digits are fine. Without the telephone: a recovery code"),
        max_length=20,
        error_messages={"required": _("Type the six digits that your authenticator shows now")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "class": "govuk-input--width-10 tx-code"}),
    )


class NewPhoneForm(CodeForm):
    """The first code of a telephone that is being enrolled: no recovery code stands for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _("Six digits; full-width digits are fine")


class SlipForm(forms.Form):
    login = forms.CharField(
        label=_("Log-in"),
        help_text=_("It stands on the slip"),
        max_length=60,
        error_messages={"required": _("Type your log-in")},
        widget=forms.TextInput(attrs={"autocomplete": "username", "class": "govuk-input--width-20"}),
    )
    slip = forms.CharField(
        label=_("Code of the slip"),
        help_text=_("Three groups of four; hyphens and small letters do not matter"),
        max_length=40,
        error_messages={"required": _("Type the code that is printed on the slip")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-20 tx-code"}),
    )


class NewPasswordForm(forms.Form):
    password = forms.CharField(
        label=_("New password"),
        max_length=200,
        strip=False,
        error_messages={"required": _("Choose a password")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "govuk-input--width-20"}),
    )
    again = forms.CharField(
        label=_("The same once more"),
        max_length=200,
        strip=False,
        error_messages={"required": _("Type the password once more")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "govuk-input--width-20"}),
    )
    WEAK = {
        "short": _("Too short: at least 10 characters. Three or four words are easy to keep in mind."),
        "like_login": _("The log-in must not be part of the password."),
        "common": _("Many people use this password, so it is tried first. Choose another."),
    }

    def __init__(self, *args: Any, login: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.login = login

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if weak := weakness(password, self.login):
            raise forms.ValidationError(self.WEAK[weak])
        return password

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("password") and given.get("again") and given["password"] != given["again"]:
            self.add_error("again", _("The two are not the same. Type both again."))
        return given


class CurrentCodeForm(NewPasswordForm):
    """A new password, while the telephone stays: its code is shown."""

    code = forms.CharField(
        label=_("Code of your authenticator, or a recovery code"),
        max_length=20,
        error_messages={"required": _("Type the six digits that your authenticator shows now")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "class": "govuk-input--width-10 tx-code"}),
    )


class CurrentPasswordForm(forms.Form):
    """A new telephone, while the password stays: it is shown."""

    password = forms.CharField(
        label=_("Your password"),
        help_text=_("It stays as it is; only the telephone is new"),
        max_length=200,
        strip=False,
        error_messages={"required": _("Type your password")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "govuk-input--width-20"}),
    )


class ConductForm(forms.Form):
    agrees = forms.BooleanField(
        label=_("I have read the rules and I will keep them"),
        error_messages={"required": _("Tick the box to sign. Who cannot sign cannot work with records.")},
    )
