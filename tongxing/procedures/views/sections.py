"""One section of a draft, judged: what its fields refuse and what the rules find, said beside the fields."""

import uuid
from collections.abc import Iterable
from typing import Any

from tongxing.procedures import intake, rules
from tongxing.procedures.forms import PAPER, SECTIONS, ConsentForm, DraftForm, PaperForm, Section, chosen_language
from tongxing.procedures.rules.registration import ASKED
from tongxing.procedures.views.at_the_desk import Desk, said
from tongxing.registry import consent_text

OPTIONAL = tuple(f"consent_{purpose}" for purpose in ASKED if purpose != "registration")


def form_of(section: Section, typed: intake.Typed, desk: Desk, **kwargs: Any) -> DraftForm:
    """The form of a section; that of consent asks what the text in force here says, in the family's language."""
    if section.form is ConsentForm:
        return ConsentForm(
            consent_text=consent_text.in_force(desk.today),
            language=chosen_language(typed.get("read_in") or ""),
            asks_child=intake.decision(typed, desk.law, desk.today).asks_child,
            **kwargs,
        )
    if section.form is PaperForm:
        return PaperForm(today=desk.now, **kwargs)
    return section.form(**kwargs)


def sections_of(typed: intake.Typed) -> tuple[Section, ...]:
    """The sections of a draft: of one that is typed in from paper, its head comes first."""
    return (PAPER, *SECTIONS) if any(typed.get(field) for field in PAPER.required) else SECTIONS


def typed_in(form: DraftForm) -> dict[str, Any]:
    """What stands in the fields, valid or not; nothing else gets into a draft."""
    return {
        name: field.widget.value_from_datadict(form.data, form.files, name) or ""  # nothing chosen
        for name, field in form.fields.items()
        if name != "version"
    }


def judged(section: Section, typed: intake.Typed, desk: Desk, version: int = 0) -> DraftForm:
    """The section's form, bound to what was typed, with everything that is to be mended."""
    form = form_of(section, typed, desk, data={**typed, "version": version})
    form.is_valid()
    for problem in problems_of(typed, desk):
        if problem.field in section.fields:
            form.add_error(problem.field if problem.field in form.fields else None, said(problem))
    return form


def problems_of(typed: intake.Typed, desk: Desk) -> list[rules.Problem]:
    """What the rules find in a whole draft."""
    return rules.problems_with(intake.details(typed, desk.today), desk.law, desk.today)


def uuids(texts: Iterable[str]) -> list[uuid.UUID]:
    """Those of the texts that are ids; anything else was not made by our pages."""
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
