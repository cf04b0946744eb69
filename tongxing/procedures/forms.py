"""Forms of the procedures. What is wrong is said by the rules; a form only reads, keeps what was typed and lists choices."""

import datetime
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tongxing.organisations.models import LANGUAGES, NEEDS
from tongxing.procedures import intake
from tongxing.procedures.fields import OnPaper, day_done, one_of, text
from tongxing.procedures.rules import DECLINE_REASONS
from tongxing.procedures.rules.registration import ASKED
from tongxing.registry.consent_text import ConsentText

SEXES = [("female", gettext_lazy("Girl")), ("male", gettext_lazy("Boy")), ("not_stated", gettext_lazy("Not stated"))]
RELATIONS = [
    ("mother", gettext_lazy("Mother")),
    ("father", gettext_lazy("Father")),
    ("grandparent", gettext_lazy("Grandparent")),
    ("sibling", gettext_lazy("Brother or sister")),
    ("relative", gettext_lazy("Other relative")),
    ("other", gettext_lazy("Somebody else")),
]
REASONS = [
    ("work_of_parents", gettext_lazy("Parents work here")),
    ("school", gettext_lazy("School")),
    ("family_reunion", gettext_lazy("To live with family")),
    ("return_home", gettext_lazy("Came back home")),
    ("born_here", gettext_lazy("Born here")),
    ("other", gettext_lazy("Something else")),
    ("not_stated", gettext_lazy("Not stated")),
]
COMPANIONS = [
    ("both_parents", gettext_lazy("Both parents")),
    ("one_parent", gettext_lazy("One parent")),
    ("relatives", gettext_lazy("Relatives")),
    ("alone", gettext_lazy("Alone")),
]
HUKOU = [
    ("rural", gettext_lazy("Rural hukou")),
    ("urban", gettext_lazy("Urban hukou")),
    ("none", gettext_lazy("No hukou")),
    ("not_stated", gettext_lazy("Not stated")),
]
READERS = [
    ("desk", gettext_lazy("I did")),
    ("interpreter", gettext_lazy("An interpreter or relative")),
    ("self", gettext_lazy("They read it themselves")),
]
CHILD_ANSWERS = [
    ("agreed", gettext_lazy("The child agrees")),
    ("refused", gettext_lazy("The child does not want it")),
    ("silent", gettext_lazy("The child did not answer, or is not here")),
]
READ_IN = [("zh", "中文"), ("en", "English"), ("mn", "Монгол")]
PAPER_KEEPS = datetime.timedelta(days=364)  # a consent is valid for a year: an older one must be asked anew
ANSWERS = [("agreed", gettext_lazy("Yes")), ("refused", gettext_lazy("No"))]


def chosen_language(wanted: str) -> str:
    """The language in which the family hears the text: the one chosen, else the page's."""
    page = (get_language() or "zh").partition("-")[0]
    return wanted if wanted in dict(READ_IN) else page


class DraftForm(forms.Form):
    """One section of a draft. `version` finds a form that was overtaken by another one."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class PaperForm(OnPaper, DraftForm):
    """The head of a registration on paper: as old as its consent holds."""

    too_early = gettext_lazy("The consent of that day has run out. Ask the family again.")

    def __init__(self, *args: Any, today: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, today=today, earliest=today - PAPER_KEEPS, **kwargs)


class NameForm(DraftForm):
    name = text(
        gettext_lazy("Name of the child"), gettext_lazy("As the family writes it; pinyin if nobody can write it")
    )
    surname = text(gettext_lazy("Surname"), gettext_lazy("Only if the guess is wrong"))
    spoken = text(gettext_lazy("Pinyin"), gettext_lazy("Only if it is read otherwise, for example Shàn, Zēng, Qiú"))
    other_names = text(
        gettext_lazy("Other names"), gettext_lazy("Nickname, other spelling; several with a comma"), parts=120
    )
    sex = one_of(gettext_lazy("Sex"), SEXES)
    birth = text(
        gettext_lazy("Birth date or age"),
        gettext_lazy("For example 2017-03-02, March 2017, about 9, 10 sui, lunar dates too"),
        longest=60,
    )
    document = text(
        gettext_lazy("Any number"), gettext_lazy("Only if they have one with them; it is never needed"), parts=60
    )


class GuardianForm(DraftForm):
    guardian_name = text(gettext_lazy("Who cares for the child"), longest=120)
    guardian_relation = one_of(gettext_lazy("Relation to the child"), RELATIONS)
    guardian_lives_with = forms.BooleanField(label=gettext_lazy("Lives with the child"), required=False)
    is_unaccompanied = forms.BooleanField(
        label=gettext_lazy("The child is here alone, without an adult"), required=False
    )


class DivisionMixin:
    """Place names become one division, or an error that lists which ones could be meant."""

    def place(self, field: str) -> str:
        typed: str = self.cleaned_data.get(field, "").strip()  # type: ignore[attr-defined]
        if not typed or intake.division_code(typed):
            return typed
        found = intake.divisions_named(typed)
        if not found:
            raise forms.ValidationError(
                _("No county or district is called “%(typed)s”. Write it with its province, or leave it empty."),
                params={"typed": typed},
            )
        names = "; ".join(division.full_name(get_language() or "en") for division in found)
        raise forms.ValidationError(
            _("Several places are called so. Write it with its province: %(names)s"), params={"names": names}
        )


class MoveForm(DivisionMixin, DraftForm):
    origin = text(gettext_lazy("County of origin"), gettext_lazy("For example 沧县, Cang County, cangxian"))
    hukou = one_of(gettext_lazy("Household registration"), HUKOU)
    moved_on = text(gettext_lazy("When they came"), gettext_lazy("As well as they remember: September 2026, 2025"))
    move_reason = one_of(gettext_lazy("Why they came"), REASONS)
    moved_with = one_of(gettext_lazy("Who came with the child"), COMPANIONS)

    def clean_origin(self) -> str:
        return self.place("origin")


class AddressForm(DivisionMixin, DraftForm):
    division = text(gettext_lazy("District or county"))
    community = text(gettext_lazy("Community or village"), longest=120)
    address = text(gettext_lazy("Street and house"), gettext_lazy("Only as far as a visit needs it"))
    phone = text(
        gettext_lazy("Phone"), gettext_lazy("Also a shared one; several with a comma"), parts=60, inputmode="tel"
    )

    def clean_division(self) -> str:
        return self.place("division")


class LanguageForm(DraftForm):
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages the child speaks"),
        choices=[pair for pair in LANGUAGES if pair[0] != "interpreter"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    needs_interpreter = forms.BooleanField(label=gettext_lazy("An interpreter is needed"), required=False)


class ConsentForm(DraftForm):
    """Both answers equal, none preselected."""

    read_by = one_of(gettext_lazy("Who read it aloud?"), READERS)
    read_in = forms.ChoiceField(choices=READ_IN, widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, consent_text: ConsentText, language: str, asks_child: bool = False, **kwargs: Any
    ) -> None:
        """`language`: in which the family hears it; every purpose is said in it. `asks_child`: the child answers too."""
        super().__init__(*args, **kwargs)
        self.language = language
        self.fields["read_in"].initial = self.initial["read_in"] = language
        for purpose in ASKED:
            said = consent_text.purpose(purpose)
            hint = " ".join(part.spoken(language) for part in (said.seen, said.not_seen, said.if_refused))
            self.fields[f"consent_{purpose}"] = one_of(said.title.spoken(language), ANSWERS, hint)
        if asks_child:
            self.fields["assent"] = one_of(_("What does the child say?"), CHILD_ANSWERS)

    def purposes(self) -> list[forms.BoundField]:
        return [self[f"consent_{purpose}"] for purpose in ASKED]


@dataclass(frozen=True)
class Section:
    """One page of the registration: its form; without one of `required` it counts as not started."""

    code: str
    form: type[DraftForm]
    required: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields on the page, whose problems are shown there."""
        asked = tuple(name for name in self.form.base_fields if name not in ("version", "read_in"))
        by_rule = ("decided_by", "assent", *(f"consent_{purpose}" for purpose in ASKED))
        return (*asked, *by_rule) if self.form is ConsentForm else asked

    def words(self, field: str) -> dict[str, Any]:
        """What the codes of a closed list mean; empty for a field that is typed."""
        return dict(getattr(self.form.base_fields.get(field), "choices", ()))


# Only of a registration that was written on paper first; it stands before the others then.
PAPER = Section("paper", PaperForm, ("written_on", "written_by"))
SECTIONS = (
    Section("name", NameForm, ("name",)),
    Section("guardian", GuardianForm, ("guardian_name", "is_unaccompanied")),
    Section("move", MoveForm, ("origin", "move_reason")),
    Section("consent", ConsentForm, ("read_by",)),
    Section("address", AddressForm, ("division", "community", "phone")),
    Section("language", LanguageForm, ("languages",)),
)


class NeedForm(forms.Form):
    """What is needed, for choosing a service."""

    need = forms.ChoiceField(label=gettext_lazy("Need"), choices=NEEDS, required=False)
    when = forms.MultipleChoiceField(
        label=gettext_lazy("When the family can come"),
        choices=[
            ("weekday", gettext_lazy("On weekdays")),
            ("evening", gettext_lazy("In the evening")),
            ("weekend", gettext_lazy("At weekends")),
        ],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, needs: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["need"].choices = needs  # type: ignore[attr-defined]  # those of the assessment first


class ReferForm(forms.Form):
    """The last page before something is sent. `request_id` makes a double press one referral."""

    request_id = forms.UUIDField(widget=forms.HiddenInput)
    agreed_now = forms.BooleanField(
        label=gettext_lazy("The family agrees to this one referral, having seen who gets what and until when"),
        required=False,
    )
    read_by = one_of(gettext_lazy("Who read it aloud?"), READERS)
    read_in = one_of(gettext_lazy("In which language?"), READ_IN)
    assent = one_of(gettext_lazy("What does the child say?"), CHILD_ANSWERS)


class AnswerForm(forms.Form):
    """The receiver's answer."""

    accept = forms.ChoiceField(
        label=gettext_lazy("Can you take it?"),
        choices=[("yes", gettext_lazy("Yes, we accept")), ("no", gettext_lazy("No, we cannot"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whether you can take it")},
    )
    first_meeting = text(gettext_lazy("First meeting"), gettext_lazy("Day and time, if you know it"), longest=60)
    reason = forms.ChoiceField(
        label=gettext_lazy("If not, why"),
        choices=[("", gettext_lazy("Choose a reason")), *((c, gettext_lazy(t)) for c, t in DECLINE_REASONS.items())],
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Words to the sending centre"),
        help_text=gettext_lazy("Nothing about health or family"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("accept") == "no" and not given.get("reason"):
            self.add_error("reason", _("Choose why you cannot take it; the family is looking for another place"))
        return given


class WithdrawForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code on the receipt"),
        help_text=gettext_lazy("Eight letters and digits, for example 4K7-92M-QX; capital or small does not matter"),
        max_length=40,
        error_messages={"required": gettext_lazy("Type the code that stands on your receipt")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-10 tx-code"}),
    )


class StepForm(forms.Form):
    """On which day a step was done, and what follows where the procedure leaves a choice."""

    done_on = day_done(gettext_lazy("Today unless you write down something later"))
    opened = one_of(gettext_lazy("What follows"), [])

    def __init__(
        self,
        *args: Any,
        today: datetime.date,
        earliest: datetime.date,
        choices: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        """`choices`: what the procedure foresees (code ""), then its alternatives; one alone is no question."""
        super().__init__(*args, **kwargs)
        self.today, self.earliest = today, earliest
        self.fields["done_on"].initial = today
        if len(choices) > 1:
            self.fields["opened"].choices = choices  # type: ignore[attr-defined]
            self.fields["opened"].initial = ""
        else:
            del self.fields["opened"]

    def clean_done_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["done_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day has not come yet. Check the date."))
        if day < self.earliest:
            raise forms.ValidationError(_("This day lies before the registration. Check the date."))
        return day
