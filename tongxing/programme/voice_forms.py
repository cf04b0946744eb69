"""Forms about voices: what somebody says, the code, what a handler does, and what changed."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from tongxing.core.i18n import LANGUAGES, Text
from tongxing.core.ids import ALPHABET, folded_code
from tongxing.organisations.models import Centre, Site
from tongxing.programme import voicing
from tongxing.programme.actions.voice import CODE_LENGTH
from tongxing.programme.forms import TONGUES
from tongxing.programme.models import Programme
from tongxing.programme.rules.voice import LONGEST

WORDS = forms.Textarea(attrs={"rows": 6})


def spoken(words: Any) -> str:
    return str(words.spoken(get_language() or "en"))


def words_field(label: Any, hint: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=LONGEST,
        required=required,
        widget=WORDS,
        error_messages={
            "required": gettext_lazy("Write something here, in your own words"),
            "max_length": gettext_lazy(
                "This is too long. Write the most important things; you can add more afterwards."
            ),
        },
    )


def kind_choices() -> list[tuple[str, str]]:
    """The kinds, those past the centre last: the same order on the page and on paper."""
    return [(code, spoken(kind.title)) for code, kind in voicing.kinds().items()]


def centre_choices() -> list[tuple[str, str]]:
    places = Centre.objects.select_related("division").order_by("slug")
    return [("", _("Not about one centre, or I would rather not say")), *((c.slug, str(c.name)) for c in places)]


class SayForm(forms.Form):
    """What somebody says. No name, telephone or address is asked for."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is it about?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what it is about; it decides who reads it")},
    )
    in_danger = forms.BooleanField(
        label=gettext_lazy("Somebody is in danger now"),
        help_text=gettext_lazy(
            "Then the safeguarding lead alone reads it, first of all. If it cannot wait, call 110 in China, 102 in Mongolia."
        ),
        required=False,
    )
    place = forms.ChoiceField(label=gettext_lazy("At which centre? You need not say."), required=False)
    words = words_field(
        gettext_lazy("What happened, or what could be better?"),
        gettext_lazy("Name nobody you do not want to name. When and where it was helps us most."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kind_choices()  # type: ignore[attr-defined]
        self.fields["place"].choices = centre_choices()  # type: ignore[attr-defined]

    def groups(self) -> list[dict[str, Any]]:
        """The kinds as the page shows them: under who reads them, each with its hint."""
        field = self["kind"]
        return [
            {
                "route": kind.route.value,
                "code": code,
                "title": spoken(kind.title),
                "hint": spoken(kind.hint),
                "id": f"{field.auto_id}_{place}",
                "is_chosen": field.value() == code,
            }
            for place, (code, kind) in enumerate(voicing.kinds().items())
        ]

    def centre(self) -> Centre | None:
        """About which; None when it was not said."""
        return Centre.objects.filter(slug=self.cleaned_data["place"]).first() if self.cleaned_data["place"] else None


class PublicSayForm(SayForm):
    """With what keeps machines away: a field that people do not see, and a sum for what came like a machine."""

    ticket = forms.CharField(widget=forms.HiddenInput, required=False, max_length=600)
    leave_empty = forms.CharField(required=False, max_length=200)
    total = forms.CharField(
        label=gettext_lazy("Your answer, in digits"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-3", "autocomplete": "off"}),
    )

    def ask(self, left: int, right: int) -> None:
        """Asks the sum, as an error of its own field."""
        asked = _("How much is %(left)s and %(right)s?") % {"left": left, "right": right}
        why = _("We ask once, so that machines cannot flood us. Nothing you wrote is lost.")
        self.add_error("total", f"{asked} {why}")


class TakeForm(SayForm):
    """At a desk: what somebody says aloud, or what stands on a paper form."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How it came"),
        choices=[
            ("desk", gettext_lazy("Said here, and I write it down")),
            ("paper", gettext_lazy("On a paper form that I type in")),
        ],
        widget=forms.RadioSelect,
        initial="desk",
    )
    said_on = forms.DateField(
        label=gettext_lazy("On which day it was said or written"),
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}),
        error_messages={"invalid": gettext_lazy("Write the date as 2026-11-21")},
    )
    paper_code = forms.CharField(
        label=gettext_lazy("Code printed on the paper form"),
        help_text=gettext_lazy("Ten letters and digits; leave it empty when there is none"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-10 tx-code"}),
    )
    ticket = forms.CharField(widget=forms.HiddenInput, required=False, max_length=600)

    def __init__(self, *args: Any, today: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["said_on"].initial = today

    def clean_said_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["said_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day has not come yet. Check the date."))
        if day < self.today - datetime.timedelta(days=3660):
            raise forms.ValidationError(_("This day lies more than ten years back. Check the date."))
        return day

    def clean_paper_code(self) -> str:
        return read_code(self.cleaned_data["paper_code"]) if self.cleaned_data["paper_code"] else ""


def read_code(typed: str) -> str:
    """The code as it is known. Raises ValidationError that says how many letters there must be."""
    code = folded_code(typed)
    if len(code) != CODE_LENGTH or set(code) - set(ALPHABET):
        raise forms.ValidationError(
            _("A code has %(n)s letters and digits. Compare it with the paper, letter by letter.") % {"n": CODE_LENGTH}
        )
    return code


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code on your slip"),
        help_text=gettext_lazy("Ten letters and digits, for example 4K7-92M-QX3-B; capital or small does not matter"),
        max_length=40,
        error_messages={"required": gettext_lazy("Type the code that stands on your slip")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-10 tx-code"}),
    )

    def clean_code(self) -> str:
        return read_code(self.cleaned_data["code"])


class AddForm(forms.Form):
    words = words_field(gettext_lazy("Add something"))


class HandleForm(forms.Form):
    """One step of a handler: what is done, and the words that go with it."""

    do = forms.ChoiceField(label=gettext_lazy("What you do"), widget=forms.RadioSelect)
    words = words_field(
        pgettext_lazy("answer", "Words"),
        gettext_lazy("An answer, a first word and the words at closing are read by the person who holds the code."),
        required=False,
    )
    to_centre = forms.ChoiceField(label=gettext_lazy("Centre"), required=False)
    reason = forms.ChoiceField(label=gettext_lazy("Why it is closed"), required=False)

    def __init__(self, *args: Any, steps: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["do"].choices = steps  # type: ignore[attr-defined]
        offered = {code for code, _words in steps}
        if "hand" in offered:
            places = Centre.objects.community().order_by("slug")
            choices = [("", _("Choose a centre")), *((c.slug, str(c.name)) for c in places)]
            self.fields["to_centre"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["to_centre"]
        reasons = [(code, spoken(words)) for code, words in voicing.closed_for().items()]
        self.fields["reason"].choices = [("", _("Choose a reason")), *reasons]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        do = given.get("do")
        if do and do not in ("acknowledge", "hand") and not given.get("words", "").strip():
            self.add_error("words", _("Write something here, in your own words"))
        if do == "hand" and not given.get("to_centre"):
            self.add_error("to_centre", _("Choose the centre that deals with it"))
        if do == "close" and not given.get("reason"):
            self.add_error("reason", _("Choose why it is closed; the person reads it"))
        return given


class ChangeForm(forms.Form):
    """You said, we did: each side in at least one language."""

    programme = forms.ModelChoiceField(
        label=gettext_lazy("Programme"), queryset=Programme.objects.none(), empty_label=None
    )
    site = forms.ModelChoiceField(
        label=gettext_lazy("Site"), queryset=Site.objects.none(), required=False, empty_label="–"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = Programme.objects.order_by("code")  # type: ignore[attr-defined]
        self.fields["site"].queryset = Site.objects.order_by("slug")  # type: ignore[attr-defined]
        for side, label in (("said", _("You said")), ("done", _("We did"))):
            for tongue in LANGUAGES:
                self.fields[f"{side}_{tongue}"] = forms.CharField(
                    label=f"{label} · {TONGUES[tongue]}",
                    required=False,
                    max_length=600,
                    widget=forms.Textarea(attrs={"rows": 2}),
                )

    def side(self, side: str) -> Text:
        """`said` or `done`, in the languages in which it was written."""
        written = {tongue: self.cleaned_data.get(f"{side}_{tongue}", "").strip() for tongue in LANGUAGES}
        return Text({tongue: words for tongue, words in written.items() if words})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for side in ("said", "done"):
            if not self.side(side):
                self.add_error(f"{side}_zh", _("Write it in one language at least"))
        return given
