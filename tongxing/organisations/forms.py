"""What the public search for services understands, and how it says what it does not."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxing.organisations.models import LANGUAGES, NEEDS
from tongxing.organisations.rules import Wish

MAIN_LANGUAGES = ("zh", "mn")
OTHER_LANGUAGES = frozenset(code for code, _name in LANGUAGES if code not in MAIN_LANGUAGES)
OLDEST = 120
NUMBER = _("Write the age as a whole number of years, for example 9.")
UNKNOWN = _("Choose from the list; “%(value)s” is not in it.")


class FindForm(forms.Form):
    """All fields may stay empty. Read from the query string: a result can be shared, or read in another language."""

    place = forms.CharField(label=_("Place"), required=False, max_length=100)
    need = forms.ChoiceField(
        label=_("Need"),
        required=False,
        choices=[("", _("All needs")), *NEEDS],
        error_messages={"invalid_choice": UNKNOWN},
    )
    open = forms.MultipleChoiceField(
        label=_("Opening hours"),
        required=False,
        choices=[("now", _("Open now")), ("late", _("Evenings or weekends"))],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": UNKNOWN},
    )
    lang = forms.MultipleChoiceField(
        label=_("Language"),
        required=False,
        choices=[("zh", _("Chinese")), ("mn", _("Mongolian")), ("other", _("Other languages"))],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": UNKNOWN},
    )
    age = forms.IntegerField(
        label=_("Age (optional)"),
        required=False,
        min_value=0,
        max_value=OLDEST,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": NUMBER, "min_value": NUMBER, "max_value": NUMBER},
    )

    def wish(self) -> Wish:
        """What is looked for; only after `is_valid()`."""
        typed: dict[str, Any] = self.cleaned_data
        languages = {code for code in typed["lang"] if code in MAIN_LANGUAGES}
        return Wish(
            place=typed["place"],
            need=typed["need"],
            languages=frozenset(languages | OTHER_LANGUAGES if "other" in typed["lang"] else languages),
            age=typed["age"],
            is_open_now="now" in typed["open"],
            is_late="late" in typed["open"],
        )
