"""What workers answer to proposals of the search, and questions from one centre to another."""

import datetime
import json
from collections.abc import Mapping

from django.core import signing
from django.db import connection, transaction
from django.utils import timezone

from tongxing.access.acting import Acting
from tongxing.access.one_time import seal, unseal
from tongxing.core.ids import uuid7
from tongxing.linkage.details import Details
from tongxing.organisations.models import Centre
from tongxing.registry import identity
from tongxing.registry.actions import let_in
from tongxing.registry.models import MatchAsk, MatchLabel, MatchRequest, Person

SALT = "registry.proposal"
FORM_SECONDS = 12 * 3600  # a page that lay open longer than a session labels nothing
GRANT_DAYS = 30


def proposal(candidate: identity.Candidate, model_version: int) -> str:
    """How a candidate agrees, signed, for the form in which the worker answers. It says nothing of who it is."""
    return signing.dumps([dict(candidate.levels), round(candidate.total, 3), model_version], salt=SALT, compress=True)


@transaction.atomic
def label(answers: Mapping[str, str], *, by: Acting) -> int:
    """Keep what the worker answered (same, sibling, different) about proposals; training reads it. Returns how many.

    Proposals that this program did not sign, or long ago, are left out, as are other answers.
    """
    by.demand("search", "add")
    made = []
    for signed, answer in answers.items():
        if answer not in MatchLabel.Answer.values:
            continue
        try:
            levels, weight, version = signing.loads(signed, salt=SALT, max_age=FORM_SECONDS)
        except signing.BadSignature:
            continue
        made.append(
            MatchLabel(
                on=timezone.localdate(),
                centre_id=by.place,
                levels=levels,
                weight=weight,
                model_version=version,
                answer=answer,
            )
        )
    return len(MatchLabel.objects.bulk_create(made))


@transaction.atomic
def ask(details: Details, words: Mapping[str, str], *, by: Acting) -> bool:
    """Ask whichever centres may hold this child, without learning which. `words`: what the family said, for them to read.

    The family has agreed to the question; that is the caller's to show. False: nobody to ask, or too many. One logged
    search: raises TooManySearches. Nothing is sent for who refused to be compared or is under location lock.
    """
    by.demand("search", "add")
    sealed = seal(json.dumps({field: said for field, said in words.items() if said}, ensure_ascii=False))
    with identity.counted_searches() as cursor:
        cursor.execute(
            f"select access.ask_elsewhere(%s, {identity.QUESTION}, %s)", (uuid7(), *identity.question(details), sealed)
        )
        return bool(cursor.fetchone()[0])


@transaction.atomic
def answer(request: MatchRequest, said: str, *, lets_in: bool = False, by: Acting) -> bool:
    """Answer another centre's question: same, sibling, different, or none (no answer). False: answered already, or gone.

    What is said becomes an assertion about the record that the asking centre makes of the child, today or within thirty
    days; "same" only where both families agreed to be linked. With `lets_in` and "same", the other centre may read this
    record for thirty days.
    """
    by.demand("person", "change")
    by.demand_keeping(request.centre_id)
    with connection.cursor() as cursor:
        cursor.execute("select access.answer_request(%s, %s)", [request.id, said])
        is_taken = bool(cursor.fetchone()[0])
    if is_taken and lets_in and said == MatchRequest.Answer.SAME:
        let_in(
            person=Person.objects.get(id=request.person_id),
            centre=Centre.objects.get(id=request.asked_by_id),
            purpose="linkage",
            ends_at=timezone.now() + datetime.timedelta(days=GRANT_DAYS),
            by=by,
        )
    return is_taken


def said_in(asked: MatchAsk | MatchRequest) -> dict[str, str]:
    """What was searched for, in the family's words; nothing once it is answered."""
    return dict(json.loads(unseal(asked.sealed))) if asked.sealed else {}


def waiting(by: Acting) -> int:
    """How many questions of other centres wait for an answer here."""
    return MatchRequest.objects.filter(centre_id=by.place, answered_at=None).count() if by.may("person", "read") else 0
