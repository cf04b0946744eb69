"""What is typed in later from a sheet of paper: the day on it, who wrote it, and its number."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxing.procedures.forms import ReferForm, day_done, text


class PaperReferForm(ReferForm):
    """A referral that was made on paper. `earliest` is the day on which the child was registered."""

    written_on = day_done(gettext_lazy("The day that stands on the paper form; not the day on which you type it in"))
    written_by = text(gettext_lazy("Who wrote it on paper"), longest=120)
    sheet = text(gettext_lazy("Sheet number"), gettext_lazy("As it stands at the head of the sheet"), longest=40)

    def __init__(self, *args: Any, today: datetime.date, earliest: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.earliest = today, earliest

    def clean_written_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["written_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day has not come yet. Check the date."))
        if day < self.earliest:
            raise forms.ValidationError(_("This day lies before the registration of the child. Check the date."))
        return day

    def clean_written_by(self) -> str:
        name: str = self.cleaned_data["written_by"].strip()
        if not name:
            raise forms.ValidationError(_("Write who filled in the paper form; the name stands at its foot"))
        return name

    def clean_sheet(self) -> str:
        number = "".join(self.cleaned_data["sheet"].split()).upper()
        if not number:
            raise forms.ValidationError(
                _("Write the number of the sheet: it keeps one sheet from being typed in twice")
            )
        return number
