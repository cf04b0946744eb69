"""What an officer says of the file that is wanted."""

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy

from tongxing.facts.kinds import KINDS
from tongxing.facts.models import Extract


class ExtractForm(forms.Form):
    """Kinds of fact, first and last day, and the form of the file."""

    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("What is in it"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one")},
    )
    starts_on = forms.DateField(
        label=gettext_lazy("First day"),
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Choose the first day")},
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Choose the last day")},
    )
    form = forms.ChoiceField(
        label=gettext_lazy("Form of the file"), widget=forms.RadioSelect, choices=Extract.Form.choices, initial="xlsx"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        self.fields["kinds"].choices = [  # type: ignore[attr-defined]
            (code, one.title.spoken(language)) for code, one in sorted(KINDS.items())
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("starts_on"), given.get("ends_on")
        if first and last and first > last:
            self.add_error("ends_on", gettext_lazy("The last day lies before the first"))
        return given
