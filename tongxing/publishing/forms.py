"""The form on which an officer builds a measure. It proposes what is lawful and says beside the field what is not."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from tongxing.core.i18n import LANGUAGES, Text
from tongxing.facts.ages import AGE_BANDS, OLDER
from tongxing.facts.kinds import KINDS
from tongxing.facts.known import measures
from tongxing.facts.measures import FIXED_DIMENSIONS, Measure, shipped
from tongxing.facts.measures.laws import proposed, unlawful
from tongxing.publishing import names
from tongxing.publishing.wording import TEXTS, proposals

VALUES = [
    ("count", gettext_lazy("How many records")),
    ("distinct", gettext_lazy("How many persons, each once")),
    ("sum", gettext_lazy("The sum of what the records say (quantity)")),
    ("ratio", gettext_lazy("One measure out of another, in per cent")),
]
BASES = [
    ("during", gettext_lazy("What happened during the period")),
    ("up_to", gettext_lazy("Everything up to its last day")),
]
KIND = [
    ("", gettext_lazy("as proposed")),
    ("flow", gettext_lazy("happens in a period (flow)")),
    ("stock", gettext_lazy("stands on a day (stock)")),
    ("distinct", gettext_lazy("persons, each once")),
    ("ratio", gettext_lazy("ratio")),
]
OVER_TIME = [
    ("", gettext_lazy("as proposed")),
    ("sum", gettext_lazy("periods are added up")),
    ("last", gettext_lazy("the last period stands")),
    ("average", gettext_lazy("the average of the periods")),
    ("max", gettext_lazy("the highest of the periods")),
    ("none", gettext_lazy("not at all: counted anew")),
]
OVER_PLACE = [OVER_TIME[0], ("sum", gettext_lazy("places are added up")), OVER_TIME[-1]]
TEXT_NAMES = {
    "title": gettext_lazy("Name"),
    "unit": gettext_lazy("Unit"),
    "counted": gettext_lazy("What is counted"),
    "one": gettext_lazy("What makes it one"),
    "where_when": gettext_lazy("Where and when"),
}
LANGUAGE_NAMES = {"zh": "中文", "en": "English", "mn": "Монгол"}
SEXES = ("female", "male", "other")
ROLL_UP = ("additivity", "over_time", "over_place")


class MeasureForm(forms.Form):
    """Everything that makes a measure. After `is_valid()`, `measure` is the lawful definition."""

    value = forms.ChoiceField(
        label=gettext_lazy("What is the number?"),
        choices=VALUES,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the number is")},
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Which records?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    numerator = forms.ChoiceField(label=gettext_lazy("This measure …"), required=False)
    denominator = forms.ChoiceField(label=gettext_lazy("… out of this one"), required=False)
    basis = forms.ChoiceField(
        label=gettext_lazy("Over which time?"), choices=BASES, widget=forms.RadioSelect, initial="during"
    )
    dimensions = forms.MultipleChoiceField(
        label=gettext_lazy("By what may it be divided?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    additivity = forms.ChoiceField(label=gettext_lazy("Kind of number"), choices=KIND, required=False)
    over_time = forms.ChoiceField(label=gettext_lazy("Over periods"), choices=OVER_TIME, required=False)
    over_place = forms.ChoiceField(label=gettext_lazy("Over places"), choices=OVER_PLACE, required=False)
    code = forms.RegexField(
        label=gettext_lazy("Short name for files"),
        help_text=gettext_lazy("Small Latin letters, digits and _, for example children_referred."),
        regex=r"^[a-z][a-z0-9_]{2,47}$",
        required=False,
        error_messages={"invalid": gettext_lazy("Use small Latin letters, digits and _, beginning with a letter")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why does it change?"),
        help_text=gettext_lazy("Only for a new version of a measure that is there already."),
        max_length=200,
        required=False,
    )

    def __init__(self, *args: Any, codes: Iterable[str] = (), is_saved: bool = False, **kwargs: Any) -> None:
        """`codes` are those that officers have used; `is_saved`: the form is to be kept, so code and reason count."""
        super().__init__(*args, **kwargs)
        self.codes, self.is_saved = set(codes), is_saved
        self.measure: Measure | None = None
        parts = [("", "—")]
        parts += [
            (one.code, str(one.title)) for one in measures().values() if one.value in ("count", "distinct", "sum")
        ]
        self.fields["numerator"].choices = self.fields["denominator"].choices = parts  # type: ignore[attr-defined]
        self.fields["kinds"].choices = [(kind.code, str(kind.title)) for kind in KINDS.values()]  # type: ignore[attr-defined]
        self._add_filters()
        self._add_texts()

    def _add_filters(self) -> None:
        """Filters by the closed lists that all chosen records have, and what they may be divided by."""
        self.filters = {"sex": SEXES, "age_band": (*(label for _upper, label in AGE_BANDS), OLDER)} | self._attributes()
        everything = dict.fromkeys(name for kind in KINDS.values() for name in kind.attributes)
        divided = (*FIXED_DIMENSIONS, *(everything if self._raw("value") == "ratio" else self._attributes()))
        self.fields["dimensions"].choices = [(name, names.title(name)) for name in divided]  # type: ignore[attr-defined]
        self.called = {name: names.named(name, codes) for name, codes in self.filters.items()}
        for name, codes in self.filters.items():
            self.fields[f"where_{name}"] = forms.MultipleChoiceField(
                label=names.title(name),
                choices=[(code, str(self.called[name][code])) for code in codes],
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )

    def _add_texts(self) -> None:
        given = self._chosen("where")
        said = proposals(
            self._one("value", dict(VALUES)) or "count",
            self._one("basis", dict(BASES)) or "during",
            kinds=self._chosen_kinds(),
            where={name: [self.called[name][code] for code in codes] for name, codes in given.items()},
            numerator=str(self._raw("numerator") or ""),
            denominator=str(self._raw("denominator") or ""),
        )
        self.proposals = said
        for name in TEXTS:
            for language in LANGUAGES:
                self.fields[f"{name}_{language}"] = forms.CharField(
                    label=f"{TEXT_NAMES[name]} · {LANGUAGE_NAMES[language]}",
                    help_text=said[name][language],
                    max_length=600,
                    required=False,
                    widget=forms.Textarea(attrs={"rows": 2}) if name not in ("title", "unit") else forms.TextInput,
                )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._refuse_missing(cleaned)
        if self.is_saved and "code" in cleaned:
            self._refuse_name(cleaned)
        if "value" in cleaned and "basis" in cleaned:
            for name, reason in unlawful(cleaned["value"], cleaned["basis"], **self.roll_up(cleaned)).items():
                self.add_error(name, capfirst(reason))
        if not self.errors:
            try:
                self.measure = Measure.model_validate(self._definition(cleaned))
            except ValidationError as error:
                raise forms.ValidationError([problem["msg"] for problem in error.errors()]) from error
        return cleaned

    def _refuse_missing(self, cleaned: dict[str, Any]) -> None:
        is_ratio = cleaned.get("value") == "ratio"
        if cleaned.get("value") and not is_ratio and not cleaned.get("kinds"):
            self.add_error("kinds", _("Choose at least one kind of record"))
        for name in ("numerator", "denominator"):
            if is_ratio and not cleaned.get(name):
                self.add_error(name, _("Choose a measure"))
        if is_ratio and cleaned.get("numerator"):
            self._refuse_foreign_dimensions(cleaned)

    def _refuse_name(self, cleaned: dict[str, Any]) -> None:
        if not cleaned["code"]:
            self.add_error("code", _("Give it a short name for files"))
        elif cleaned["code"] in shipped():
            self.add_error("code", _("This name belongs to a measure of the program. Choose another one."))
        elif cleaned["code"] in self.codes and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("This measure is there already. Say why the new version differs."))

    def _refuse_foreign_dimensions(self, cleaned: dict[str, Any]) -> None:
        known = measures()
        for name in cleaned.get("dimensions", []):
            parts = [known[code] for code in (cleaned["numerator"], cleaned.get("denominator", "")) if code in known]
            if any(name not in part.dimensions for part in parts):
                without = _("One of the two measures is not divided by this: %(dimension)s")
                self.add_error("dimensions", without % {"dimension": names.title(name)})

    def roll_up(self, cleaned: Mapping[str, Any]) -> dict[str, str]:
        """What was chosen; where nothing was, what is proposed."""
        lawful = zip(ROLL_UP, proposed(cleaned["value"], cleaned["basis"]), strict=True)
        return {name: cleaned.get(name) or way for name, way in lawful}

    def _definition(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        is_ratio = cleaned["value"] == "ratio"
        where = {name: cleaned[f"where_{name}"] for name in self.filters if cleaned.get(f"where_{name}")}
        return {
            "code": cleaned["code"] or "preview",
            "version": 1,
            "topic": "persons",  # the strictest: every record of today is about somebody
            **{name: cleaned[name] for name in ("value", "basis", "dimensions")},
            **({"numerator": cleaned["numerator"], "denominator": cleaned["denominator"]} if is_ratio else {}),
            **({} if is_ratio else {"kinds": cleaned["kinds"], "where": where}),
            **self.roll_up(cleaned),
            **{name: self._text(cleaned, name) for name in TEXTS},
        }

    def _text(self, cleaned: dict[str, Any], name: str) -> Text:
        """What was typed; in a language left empty, what was proposed."""
        typed = {language: cleaned.get(f"{name}_{language}") for language in LANGUAGES}
        return Text({language: text or self.proposals[name][language] for language, text in typed.items()})

    def _attributes(self) -> dict[str, tuple[str, ...]]:
        """Codes that every chosen kind knows, by attribute."""
        chosen = [KINDS[kind].attributes for kind in self._chosen_kinds()]
        shared = set.intersection(*(set(attributes) for attributes in chosen)) if chosen else set()
        return {
            name: tuple(code for code in codes if all(code in other[name] for other in chosen))
            for name, codes in (chosen[0].items() if chosen else ())
            if name in shared
        }

    def _chosen_kinds(self) -> list[str]:
        return [kind for kind in self._many("kinds") if kind in KINDS]

    def _chosen(self, start: str) -> dict[str, list[str]]:
        found = {name: self._many(f"{start}_{name}") for name in self.filters}
        return {name: [code for code in codes if code in self.filters[name]] for name, codes in found.items()}

    def _one(self, name: str, allowed: Mapping[str, Any]) -> str:
        given = self._raw(name)
        return given if given in allowed else ""

    def _raw(self, name: str) -> Any:
        return self.data.get(name) if self.is_bound else self.initial.get(name)

    def _many(self, name: str) -> list[str]:
        if self.is_bound:
            return list(self.data.getlist(name))  # type: ignore[attr-defined]  # a QueryDict
        return list(self.initial.get(name, []))
