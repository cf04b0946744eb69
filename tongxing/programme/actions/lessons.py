"""Writes: a practice or lesson is recorded, and answered with what was done about it."""

import uuid

from django.db import transaction
from django.utils import timezone

from tongxing.access.acting import Acting
from tongxing.core.i18n import Text
from tongxing.organisations.models import Site
from tongxing.programme.models import Lesson, Outcome, Programme


@transaction.atomic
def record_lesson(
    *,
    programme: Programme,
    kind: str,
    text: Text,
    by: Acting,
    outcome: Outcome | None = None,
    site: Site | None = None,
) -> Lesson:
    """Adds to the register; public with the next approved edition. Raises ValueError for a text in no language."""
    by.demand("lesson", "add")
    if not any(text.values()):
        raise ValueError("a lesson needs a text in one language at least")
    lesson = Lesson(
        programme=programme,
        kind=kind,
        text=text,
        outcome=outcome,
        site=site,
        recorded_at=timezone.now(),
        recorded_by_id=by.user_id,
    )
    lesson.save(force_insert=True)
    return lesson


@transaction.atomic
def answer_lesson(lesson: uuid.UUID, *, done: Text, is_taken_up: bool, by: Acting) -> Lesson:
    """Says what was done about it. Raises Lesson.DoesNotExist, ValueError for taking up without saying how."""
    by.demand("lesson", "change")
    if is_taken_up and not any(done.values()):
        raise ValueError("say what was done about it")
    found = Lesson.objects.select_for_update().get(pk=lesson)
    found.done = Text(found.done | {language: said for language, said in done.items() if said})
    found.state = Lesson.State.TAKEN_UP if is_taken_up else Lesson.State.OPEN
    found.answered_at, found.answered_by_id = timezone.now(), by.user_id
    found.save(update_fields=["done", "state", "answered_at", "answered_by"])
    return found
