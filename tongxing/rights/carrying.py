"""What was granted is carried out, by the worker as `tx_keeper`: copies, who has seen, erasure with its certificate."""

import hashlib
import json
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tongxing.access import one_time
from tongxing.core.ids import spoken_code
from tongxing.registry.models import Grant, Person, SearchRow
from tongxing.rights import copying, erasure
from tongxing.rights.keeper import KEEPER
from tongxing.rights.models import Answer, Certificate, Kind, Request, State
from tongxing.rights.policy import is_history, kept_tables

log = logging.getLogger(__name__)


class NotKept(Exception):
    """The request names a child that its centre does not keep: nothing was done, and somebody must look."""


def carry_out(request_id: uuid.UUID, *, using: str = KEEPER) -> str:
    """Does what was granted, once; done again it changes nothing. Returns the state. Raises erasure.Held, NotKept."""
    asked = Request.objects.using(using).get(pk=request_id)
    if asked.state != State.GRANTED or asked.person_id is None:
        return asked.state
    kept = Person.objects.using(using).filter(pk=asked.person_id, centre_id=asked.centre_id, number=asked.child)
    if not kept.exists():
        raise NotKept(asked.code)
    if asked.kind == Kind.DELETE:
        _erase(asked, using)
    elif asked.kind == Kind.RESTRICT:
        _close_grants(asked, using)
    elif asked.kind in (Kind.COPY, Kind.SEEN):
        told = copying.copy if asked.kind == Kind.COPY else copying.seen
        _answer(asked, told(asked.person_id, using=using), using)
    return str(asked.state)


def carry_out_waiting(*, using: str = KEEPER) -> tuple[int, list[str]]:
    """Once more what was granted and could not be carried out: a hold stood, a disk was full. Returns how many wait on,
    and the kinds of error of those that failed: one of them keeps no other from its turn."""
    ready = Q(kind=Kind.DELETE, second_by__isnull=False) | Q(kind__in=(Kind.COPY, Kind.SEEN, Kind.RESTRICT))
    granted, failed = Request.objects.using(using).filter(ready, state=State.GRANTED), list[str]()
    for request_id in list(granted.values_list("pk", flat=True)):
        try:
            carry_out(request_id, using=using)
        except (erasure.Held, NotKept):
            continue
        except Exception as problem:
            failed.append(type(problem).__name__)
            log.error("a granted request waits on: %s", failed[-1])
    return granted.count(), failed


def make_stale(person_id: uuid.UUID, *, using: str = KEEPER) -> int:
    """Marks the search rows of a person as old, so that they are made anew."""
    return SearchRow.objects.using(using).filter(person_id=person_id).update(version=0)


def _answer(asked: Request, told: Mapping[str, Any], using: str) -> None:
    sealed = one_time.seal(json.dumps(told, ensure_ascii=False))
    with transaction.atomic(using=using):
        Answer(request=asked, centre_id=asked.centre_id, sealed=sealed).save(using=using, force_insert=True)
        _become(asked, State.MADE, using)


class Locked(Exception):
    """The child's home came under location lock after the copy was made: a new one leaves out where it is."""


def opened(answer: Answer, *, using: str = "default") -> dict[str, Any]:
    """What the worker made, unsealed. Raises Locked when it tells more than may be told by now."""
    found: dict[str, Any] = json.loads(one_time.unseal(answer.sealed))
    person_id = answer.request.person_id
    if person_id and not found.get("is_hidden") and copying.hidden(person_id, using=using):
        raise Locked
    return found


def _close_grants(asked: Request, using: str) -> None:
    now = timezone.now()
    with transaction.atomic(using=using):
        open_ones = Grant.objects.using(using).filter(person=asked.person_id).exclude(ends_at__lte=now)
        open_ones.update(ends_at=now)
        _become(asked, State.DONE, using)


def _become(asked: Request, state: str, using: str) -> None:
    asked.state = state
    asked.done_at = timezone.now() if state == State.DONE else None
    asked.save(using=using, update_fields=["state", "done_at"])


def _erase(asked: Request, using: str) -> None:
    if asked.second_by_id is None or asked.second_by_id == asked.decided_by_id:
        raise ValueError("no erasure on one person's word")
    with transaction.atomic(using=using):
        gone = erasure.erase(asked.person_id, using=using)  # type: ignore[arg-type]  # looked at by carry_out
        asked.refresh_from_db(using=using)
        _certify(asked, gone, using)
        _become(asked, State.DONE, using)
    erasure.tidied()


def _certify(asked: Request, gone: erasure.Erased, using: str) -> None:
    today = timezone.localdate()
    current = {model._meta.label for model in kept_tables() if not is_history(model)}
    classes = sorted(label for label in gone.counts if label in current)
    number = f"E-{today:%Y}-{spoken_code(6)}"
    Certificate(
        number=number,
        centre_id=asked.centre_id,
        issued_on=today,
        classes=classes,
        content_hash=content_hash(number, str(today), classes),
        language=asked.language,
        request_id=asked.pk,
    ).save(using=using, force_insert=True)


def content_hash(number: str, day: str, classes: list[str]) -> str:
    """SHA-256 over what a certificate says, so that anybody can check the paper."""
    said = json.dumps([number, day, classes], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()
