"""What the forms of the procedures are made of: one line, a choice, a day, and the head of a sheet of paper."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxing.linkage.writing import narrow
from tongxing.procedures import intake

LONGEST = 200


def text(label: Any, hint: Any = "", *, longest: int = LONGEST, parts: int = 0, **attrs: str) -> forms.CharField:
    """One line, as long as the column that keeps it; `parts`: how long each of several entries may be.

    Nothing is required by the form: the rules say what is missing, in words for the worker.
    """
    return forms.CharField(
        label=label,
        help_text=hint,
        required=False,
        max_length=longest,
        validators=[EachAtMost(parts)] if parts else [],
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
    )


class EachAtMost:
    """Several entries in one field, none of them longer than its column."""

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def __call__(self, typed: str) -> None:
        if any(len(part) > self.longest for part in intake.several(typed)):
            raise forms.ValidationError(
                _("One of the entries is longer than %(longest)s characters."), params={"longest": self.longest}
            )


def one_of(label: Any, choices: list[Any], hint: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, help_text=hint, required=False, widget=forms.RadioSelect)


class Day(forms.DateField):
    """A day as people write it, full-width digits and strokes too."""

    def to_python(self, value: Any) -> datetime.date | None:
        return super().to_python(narrow(value).strip() if isinstance(value, str) else value)


def day_done(hint: Any = "") -> Day:
    """The day on which something was done, in the ways in which people write days."""
    return Day(
        label=gettext_lazy("On which day"),
        help_text=hint,
        error_messages={
            "required": gettext_lazy("Write the day on which it was done"),
            "invalid": gettext_lazy("Write the day as year-month-day, for example 2026-11-21"),
        },
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"class": "govuk-input--width-10", "autocomplete": "off"}),
        input_formats=list(intake.DAY_FORMATS),
    )


class OnPaper(forms.Form):
    """What stands on every sheet that is typed in later: the day, from `earliest` to `today`, and who wrote it."""

    too_early = gettext_lazy("This day lies before the registration of the child. Check the date.")
    written_on = day_done(gettext_lazy("The day that stands on the paper form; not the day on which you type it in"))
    written_by = text(gettext_lazy("Who wrote it on paper"), longest=120)

    def __init__(self, *args: Any, today: datetime.date, earliest: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.earliest = today, earliest

    def clean_written_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["written_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day has not come yet. Check the date."))
        if day < self.earliest:
            raise forms.ValidationError(self.too_early)
        return day

    def clean_written_by(self) -> str:
        name: str = self.cleaned_data["written_by"].strip()
        if not name:
            raise forms.ValidationError(_("Write who filled in the paper form; the name stands at its foot"))
        return name
