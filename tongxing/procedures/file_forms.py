"""Forms that bring a file: a roster, and the picture of a paper that a family signed."""

import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tongxing.core.files import BadFile, Checked, checked
from tongxing.procedures.fields import day_done, text
from tongxing.procedures.rosters.problems import why_not
from tongxing.procedures.rosters.reading import LARGEST

PICTURES = ("image/jpeg", "image/png", "application/pdf")


class RosterForm(forms.Form):
    """A list of persons as a file. What is wrong in it is said once it was read."""

    file = forms.FileField(
        label=gettext_lazy("The list"),
        help_text=gettext_lazy(".xlsx or CSV, at most 10 MB and 20,000 rows"),
        required=False,  # clean_file says what is missing
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.txt,.tsv"}),
    )

    def __init__(self, *args: Any, body_size: int = 0, **kwargs: Any) -> None:
        """`body_size`: bytes of the request; a file in one that is too large does not arrive at all."""
        super().__init__(*args, **kwargs)
        self.body_size = body_size

    def clean_file(self) -> Any:
        sent = self.cleaned_data.get("file")
        if sent is None and self.body_size > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            raise forms.ValidationError(why_not("too_large", (), get_language() or "en"))
        if sent is None:
            raise forms.ValidationError(_("Choose the file with the list"))
        if not sent.size:
            raise forms.ValidationError(why_not("empty", (), get_language() or "en"))
        if sent.size > LARGEST:
            raise forms.ValidationError(why_not("too_large", (), get_language() or "en"))
        return sent


class SignedPaperForm(forms.Form):
    """A picture of the signed paper, the day on it, and who read it aloud."""

    file = forms.FileField(
        label=gettext_lazy("Photograph or scan of the signed paper"),
        help_text=gettext_lazy(
            "JPEG, PNG or PDF, at most 10 MB. Place and time that the telephone wrote into it are taken out."
        ),
        required=False,  # clean_file says what is missing
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
    )
    signed_on = day_done(gettext_lazy("The day that stands beside the signature"))
    read_aloud_by = text(
        gettext_lazy("Who read it aloud"),
        gettext_lazy("The name at the foot of the paper; empty if the family read it"),
        longest=120,
    )

    def __init__(self, *args: Any, today: datetime.date, body_size: int = 0, **kwargs: Any) -> None:
        """`body_size`: bytes of the request; a file in one that is too large does not arrive at all."""
        super().__init__(*args, **kwargs)
        self.today, self.body_size = today, body_size

    def clean_file(self) -> Checked:
        sent = self.cleaned_data.get("file")
        if sent is None and self.body_size <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            raise forms.ValidationError(_("Choose the picture of the signed paper"))
        try:
            if sent is None:
                raise BadFile("too_large")
            file = checked("paper", sent.read())
        except BadFile as error:
            if error.code == "too_large":
                raise forms.ValidationError(
                    _("The file is larger than 10 MB. Make it smaller, or divide it.")
                ) from error
            raise forms.ValidationError(_NOT_A_PICTURE) from error
        if file.media_type not in PICTURES:
            raise forms.ValidationError(_NOT_A_PICTURE)
        return file

    def clean_signed_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["signed_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day has not come yet. Check the date."))
        return day


_NOT_A_PICTURE = gettext_lazy(
    "This is no picture that can be kept, or it is damaged. Take a photograph, or scan it as PDF."
)
