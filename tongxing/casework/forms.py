"""Forms of casework."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tongxing.procedures.edition import Edition
from tongxing.procedures.fields import day_done, text

LEVELS = [
    ("pressing", gettext_lazy("Pressing")),
    ("some", gettext_lazy("Some")),
    ("none", gettext_lazy("None")),
]
OUTCOMES = [
    ("received", gettext_lazy("The service was received")),
    ("partly", gettext_lazy("The service was received in part")),
    ("not_received", gettext_lazy("The service was not received")),
]


class AssessForm(forms.Form):
    """One question per need of the edition, then the level of risk. Words, no scores."""

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        for need in edition.needs:
            self.fields[f"need_{need.code}"] = forms.ChoiceField(
                label=need.title.spoken(language),
                choices=LEVELS,
                widget=forms.RadioSelect,
                error_messages={
                    "required": _("Choose how pressing it is: %(need)s") % {"need": need.title.spoken(language)}
                },
            )
        self.fields["risk"] = forms.ChoiceField(
            label=_("How soon must something happen?"),
            choices=[(risk.code, risk.title.spoken(language)) for risk in edition.risks],
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose how soon something must happen")},
        )

    def needs(self) -> dict[str, str]:
        return {
            name.removeprefix("need_"): level for name, level in self.cleaned_data.items() if name.startswith("need_")
        }


class DeliverForm(forms.Form):
    """What the receiver did."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What became of it"),
        choices=OUTCOMES,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what became of it")},
    )
    delivered_on = day_done()
    written_by = text(
        gettext_lazy("Who wrote it on paper"), gettext_lazy("Only when it was noted on paper that day"), longest=120
    )
    sheet = text(gettext_lazy("Sheet number"), longest=40)

    def __init__(self, *args: Any, today: datetime.date, earliest: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.earliest = today, earliest
        self.fields["delivered_on"].initial = today

    def clean_delivered_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["delivered_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day has not come yet. Check the date."))
        if day < self.earliest:
            raise forms.ValidationError(_("This day lies before the referral. Check the date."))
        return day

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("sheet") and not given.get("written_by"):
            self.add_error("written_by", _("Write who filled in the paper form; the name stands at its foot"))
        return given
