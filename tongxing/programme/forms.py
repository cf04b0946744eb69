"""Forms at work about documents, lessons and the closing of a programme."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxing.core.files import BadFile, Checked, checked
from tongxing.core.i18n import LANGUAGES, Text
from tongxing.organisations.models import Site
from tongxing.programme.models import Lesson, Outcome, Programme
from tongxing.programme.models import document as documents

TONGUES = {
    "zh": gettext_lazy("In Chinese"),
    "en": gettext_lazy("In English"),
    "mn": gettext_lazy("In Mongolian"),
}
BAD = {
    "empty": gettext_lazy("The file is empty. Choose another one."),
    "too_large": gettext_lazy("The file is larger than 10 MB. Make it smaller, or divide it."),
    "unknown": gettext_lazy(
        "This is not a file that can be kept. Use PDF, .docx, .xlsx, .pptx, OpenDocument, PNG, JPEG or CSV."
    ),
    "macros": gettext_lazy("The file contains a program or another file. Save it without macros and embedded files."),
    "formula": gettext_lazy("A cell begins like a formula (=, +, -, @). Put an apostrophe before it."),
    "broken": gettext_lazy("The file is damaged or locked with a password. Open it, save it again, and upload that."),
    "markup": gettext_lazy("This is a web page, not a table. Save it as PDF."),
}


class InLanguages(forms.Form):
    """A text in any of the three languages, at least in one: fields `text_zh`, `text_en`, `text_mn`."""

    missing = gettext_lazy("Write it in one language at least")

    def _languages(self, label: Any, **attrs: Any) -> None:
        for code in LANGUAGES:
            self.fields[f"text_{code}"] = forms.CharField(
                label=f"{label} · {TONGUES[code]}", required=False, max_length=1000, widget=forms.Textarea(attrs=attrs)
            )

    def text(self) -> Text:
        """What was written, without the languages left empty."""
        written = {code: self.cleaned_data.get(f"text_{code}", "").strip() for code in LANGUAGES}
        return Text({code: said for code, said in written.items() if said})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.text():
            self.add_error("text_zh", self.missing)
        return given


class UploadForm(InLanguages):
    """One file with what must be known of it."""

    missing = gettext_lazy("Give the title in one language at least")

    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,  # clean_file says what is missing, and which files are refused
        allow_empty_file=True,
        help_text=gettext_lazy("PDF, .docx, .xlsx, .pptx, OpenDocument, PNG, JPEG, CSV; at most 10 MB; no macros"),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=documents.KINDS, initial="report")
    language = forms.ChoiceField(label=gettext_lazy("Language of the file"), choices=documents.LANGUAGES)
    dated_on = forms.DateField(
        label=gettext_lazy("Date on the document"),
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}),
        error_messages={
            "required": gettext_lazy("Give the date that stands on the document"),
            "invalid": gettext_lazy("Write the date as 2012-05-31"),
        },
    )
    is_harmless = forms.BooleanField(
        label=gettext_lazy("I have read the file: no child, family or colleague can be recognised in it"),
        help_text=gettext_lazy("Everyone can read it from the moment of the upload"),
        error_messages={"required": gettext_lazy("Read the file first; a document is public at once")},
    )

    def __init__(self, *args: Any, body_size: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_too_large = body_size > settings.FILE_UPLOAD_MAX_MEMORY_SIZE  # then no file was kept
        self._languages(gettext_lazy("Title"), rows=1)
        self.order_fields(["file", *(f"text_{code}" for code in LANGUAGES)])

    def clean_file(self) -> Checked | None:
        given = self.cleaned_data.get("file")
        if self.is_too_large:
            raise forms.ValidationError(BAD["too_large"])
        if given is None:
            raise forms.ValidationError(_("Choose a file"))
        try:
            return checked(given.name, given.read())
        except BadFile as error:
            raise forms.ValidationError(BAD[error.code]) from error

    def clean_dated_on(self) -> Any:
        day = self.cleaned_data["dated_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("The date lies in the future"))
        return day


class ReasonForm(forms.Form):
    """Why a document is withdrawn; everyone reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Why it is withdrawn"),
        help_text=gettext_lazy("Everyone reads this in place of the document; name nobody"),
        max_length=300,
        error_messages={"required": gettext_lazy("Write why it is withdrawn")},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class LessonForm(InLanguages):
    """A practice or lesson, and the outcome or site that it concerns."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Practice or lesson"),
        choices=Lesson.Kind.choices,
        widget=forms.RadioSelect,
        initial="lesson",
    )
    outcome = forms.ModelChoiceField(
        label=gettext_lazy("Outcome or area of work"),
        queryset=Outcome.objects.none(),
        required=False,
        to_field_name="number",
    )
    site = forms.ModelChoiceField(
        label=gettext_lazy("Pilot site"), queryset=Site.objects.none(), required=False, to_field_name="slug"
    )

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("outcome", programme.outcomes.all(), lambda one: f"{one.number} · {str(one.title)[:60]}")
        self._choices("site", Site.objects.of_programme(programme.code).order_by("slug"), str)
        self._languages(gettext_lazy("What was learned"), rows=2)
        self.order_fields(["kind", *(f"text_{code}" for code in LANGUAGES)])

    def _choices(self, name: str, rows: models.QuerySet[Any], label: Callable[[Any], str]) -> None:
        field: Any = self.fields[name]
        field.queryset, field.empty_label = rows, gettext_lazy("the whole programme")
        field.label_from_instance = label


class AnswerForm(InLanguages):
    """What was done about a lesson."""

    missing = gettext_lazy("Write what was done, in one language at least")
    is_taken_up = forms.BooleanField(label=gettext_lazy("It has been taken up"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._languages(gettext_lazy("What was done"), rows=2)
        self.order_fields([f"text_{code}" for code in LANGUAGES])


class TickForm(forms.Form):
    """One item of the closing checklist."""

    done_on = forms.DateField(
        label=gettext_lazy("Done on"),
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}),
        error_messages={
            "required": gettext_lazy("Give the day on which it was done"),
            "invalid": gettext_lazy("Write the date as 2012-05-31"),
        },
    )
    note = forms.CharField(label=gettext_lazy("Where the proof is, or to whom it went"), required=False, max_length=300)

    def clean_done_on(self) -> Any:
        day = self.cleaned_data["done_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("The date lies in the future"))
        return day
