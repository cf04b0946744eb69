"""What was wrong becomes right: at the desk that keeps the record, after a ruling; what stood before is kept as history."""

from dataclasses import dataclass

from django.db import transaction
from procrastinate.contrib.django import app

from tongxing.access.acting import Acting
from tongxing.core.dates import PartialDate
from tongxing.linkage import names
from tongxing.linkage.scripts import script_of
from tongxing.registry.models import Person


@dataclass(frozen=True)
class Right:
    """How it is right, whole: what is as it was changes nothing."""

    name: str
    spoken: str
    sex: str
    birth: PartialDate | None
    guardian: str
    phone: str
    community: str
    address: str


def standing(person: Person) -> Right:
    """How it stands now: the first guardian, telephone and home."""
    guardian = person.guardianships.filter(ends_on=None).order_by("pk").first()
    phone = person.contacts.filter(kind="phone").order_by("pk").first()
    home = person.residences.filter(ends_on=None).order_by("pk").first()
    return Right(
        name=person.name,
        spoken=person.spoken,
        sex=person.sex,
        birth=person.birth,
        guardian=guardian.name if guardian else "",
        phone=phone.value if phone else "",
        community=home.community if home else "",
        address=home.address if home else "",
    )


@transaction.atomic
def correct(person: Person, right: Right, *, by: Acting) -> list[str]:
    """Changes what differs and returns the names of it. Former versions stay readable in history; search follows.

    A guardian, telephone or home that is not on record is not made here: that is a new entry, not a correction.
    """
    by.demand("person", "change")
    by.demand_keeping(person.centre_id)
    now = standing(person)
    changed = [name for name in vars(now) if getattr(now, name) != getattr(right, name)]
    if not changed:
        return []
    _person(person, right, changed)
    if "guardian" in changed and right.guardian:
        person.guardianships.filter(ends_on=None, name=now.guardian).update(name=right.guardian)
    if "phone" in changed and right.phone:
        person.contacts.filter(kind="phone", value=now.phone).update(value=right.phone)
    if {"community", "address"} & set(changed):
        homes = person.residences.filter(ends_on=None, community=now.community, address=now.address)
        homes.update(community=right.community, address=right.address)
    app.configure_task("tongxing.rights.tasks.keyed_anew").defer(person=str(person.pk))
    return changed


def _person(person: Person, right: Right, changed: list[str]) -> None:
    if "name" in changed:
        person.names.filter(text=person.name).update(text=right.name, script=script_of(right.name))
        person.name, person.surname = right.name, names.split(right.name, None)[0]
        if "spoken" not in changed:  # the reading of the former name would stay beside the new one
            person.spoken = names.spoken(right.name, None)[:200]
    if "spoken" in changed:
        person.spoken = right.spoken
    if {"name", "spoken"} & set(changed):
        person.sort_key = names.sort_key(person.name, person.surname or None, person.spoken)[:200]
    person.sex = right.sex
    person.birth_from = right.birth.first if right.birth else None
    person.birth_precision = right.birth.precision if right.birth else ""
    person.save(
        update_fields=["name", "surname", "spoken", "sort_key", "sex", "birth_from", "birth_precision"],
    )
