"""What is typed in later from a sheet of paper: the day on it, who wrote it, and its number."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxing.procedures.fields import OnPaper, text
from tongxing.procedures.forms import ReferForm


class PaperReferForm(OnPaper, ReferForm):
    """A referral that was made on paper. `earliest` is the day on which the child was registered."""

    sheet = text(gettext_lazy("Sheet number"), gettext_lazy("As it stands at the head of the sheet"), longest=40)

    def clean_sheet(self) -> str:
        number = "".join(self.cleaned_data["sheet"].split()).upper()
        if not number:
            raise forms.ValidationError(
                _("Write the number of the sheet: it keeps one sheet from being typed in twice")
            )
        return number
