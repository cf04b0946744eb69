"""The search form: every field optional, any two things are enough."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxing.linkage.writing import narrow


def _line(label: Any, hint: Any = "", **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, help_text=hint, required=False, max_length=120, widget=widget)


class CardNumber(forms.CharField):
    """A number as it stands on a card, however it was typed: full width, small letters, spaces around it."""

    def to_python(self, value: Any) -> str:
        return narrow(str(super().to_python(value))).strip().upper()


class EmergencyForm(forms.Form):
    """A card in the hand, and no time to wait for the other centre."""

    number = CardNumber(
        label=gettext_lazy("Number on the card"),
        max_length=30,
        error_messages={"required": gettext_lazy("Type the number that stands on the card")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-20 tx-code"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why it cannot wait"),
        help_text=gettext_lazy("The safeguarding lead reads this"),
        min_length=10,
        max_length=300,
        error_messages={
            "required": gettext_lazy("Write why it cannot wait"),
            "min_length": gettext_lazy("Write a full sentence: the safeguarding lead must understand it"),
        },
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class NumberForm(forms.Form):
    """Which record, by the number on its card."""

    number = CardNumber(
        label=gettext_lazy("Number of a record"),
        max_length=30,
        error_messages={"required": gettext_lazy("Type the number of a record")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-20 tx-code"}),
    )


class ReasonForm(forms.Form):
    """Why two records are, or are not, one person."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        error_messages={"required": gettext_lazy("Write how you know: whoever looks at it next must understand it")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class SearchForm(forms.Form):
    """What the desk knows before it registers."""

    name = _line(gettext_lazy("Name (characters or pinyin)"), gettext_lazy("Unsure how it is written? Use pinyin"))
    birth = _line(gettext_lazy("Birth date or age"), gettext_lazy("“about 9”, “10 sui”, lunar month: all fine"))
    origin = _line(gettext_lazy("County of origin"))
    guardian = _line(gettext_lazy("Guardian"))
    phone = _line(gettext_lazy("Phone"), inputmode="tel")
    document = _line(gettext_lazy("Any number (optional)"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        strong = given.get("document") or given.get("phone")
        if not strong and sum(bool(given.get(field, "").strip()) for field in self.fields) < 2:
            self.add_error(
                None,
                _("One thing alone finds too many people. Add a second: a birth date, a guardian, a county, a phone."),
            )
        name = given.get("name", "").strip()
        if len(name) == 1 and not strong and not given.get("guardian"):
            self.add_error("name", _("A surname alone finds nobody. Add the given name, in characters or pinyin."))
        return given
