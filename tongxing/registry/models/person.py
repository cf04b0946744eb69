"""Persons and what is known of them. A person belongs to the centre that keeps the record; a Grant lets another in."""

import datetime

from django.db import models
from django.utils import timezone

from tongxing.core.dates import PartialDate
from tongxing.core.history import keeps_history
from tongxing.core.ids import uuid7
from tongxing.core.rls import RoleRights, RowPolicy

GRANTED = (
    "select g.person_id from registry_grant g where g.centre_id = any({centres})"
    " and g.starts_at <= now() and (g.ends_at is null or g.ends_at > now())"
)
OWN = "centre_id = any({centres})"
OF_PERSON = f"{OWN} or person_id in ({GRANTED})"


def of_person(
    name: str,
    *,
    part: str = "person",
    verbs: tuple[str, ...] = ("read", "add", "change"),
    columns: tuple[str, ...] = (),
    readers: tuple[str, ...] = (),
) -> RowPolicy:
    """The usual wall of a table that hangs on a person: the keeping centre, or one that holds a grant."""
    return RowPolicy(name=name, part=part, rows=OF_PERSON, new_rows=OWN, verbs=verbs, columns=columns, readers=readers)


class Sex(models.TextChoices):
    """GB/T 2261.1 and ISO 5218 in words; never guessed from a document number."""

    FEMALE = "female"
    MALE = "male"
    NOT_STATED = "not_stated"


class PersonQuerySet(models.QuerySet["Person"]):
    def in_household(self, household_id: object) -> "PersonQuerySet":
        return self.filter(household_id=household_id)

    def by_name(self) -> "PersonQuerySet":
        """Chinese names by pinyin, Mongolian by given name: sorted by stored key, never by collation."""
        return self.order_by("sort_key", "id")


@keeps_history("person")
class Person(models.Model):
    """A human being whose record is kept here. No document is ever required."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=20, unique=True)  # programme number, on the card
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey("registry.Household", on_delete=models.PROTECT, related_name="members")
    name = models.CharField(max_length=120)  # as written by the family; never folded
    surname = models.CharField(max_length=60, blank=True)
    spoken = models.CharField(max_length=200, blank=True)  # pinyin or Latin, corrected by the worker if need be
    sort_key = models.CharField(max_length=200, blank=True)
    sex = models.CharField(max_length=12, choices=Sex.choices)
    birth_from = models.DateField(null=True)  # first day of what is known
    birth_precision = models.CharField(max_length=8, blank=True)  # day | month | year | about
    birth_said = models.CharField(max_length=60, blank=True)  # in the guardian's words
    languages = models.JSONField(default=list)
    needs_interpreter = models.BooleanField(default=False)
    hukou = models.CharField(max_length=16, blank=True)  # rural | urban | none | not stated
    origin_division = models.ForeignKey("organisations.Division", null=True, on_delete=models.PROTECT, related_name="+")
    is_location_locked = models.BooleanField(default=False)  # in danger: answers none to every search from outside
    registered_at = models.DateTimeField(default=timezone.now)
    registered_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")

    objects = PersonQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["centre", "sort_key"])]
        constraints = [
            models.CheckConstraint(
                name="person_birth_both",
                condition=models.Q(birth_from=None, birth_precision="")
                | (models.Q(birth_from__isnull=False) & ~models.Q(birth_precision="")),
            ),
            RowPolicy(
                name="person_rows",
                part="person",
                rows=f"{OWN} or id in ({GRANTED})",
                new_rows=OWN,
                readers=("tx_match",),
            ),
            RoleRights(
                name="person_linker",
                role="tx_linker",
                reads=("id", "number", "centre_id", "household_id", "is_location_locked"),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def birth(self) -> PartialDate | None:
        if self.birth_from is None:
            return None
        return PartialDate.of(self.birth_from, self.birth_precision)

    def age_on(self, day: datetime.date) -> int | None:
        return self.birth.age_on(day) if self.birth else None


class Name(models.Model):
    """One way in which a person is called: official, other spelling, nickname, transliteration."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="names")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, default="official")
    script = models.CharField(max_length=12, blank=True)  # linkage/scripts.py: han, cyrillic, latin, tibetan, …

    class Meta:
        constraints = [of_person("name_rows")]


class Document(models.Model):
    """A number somebody showed. Checked, never demanded, never unique: unique errors would reveal hidden rows."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="documents")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    value = models.CharField(max_length=60)
    warnings = models.CharField(max_length=80, blank=True)  # linkage/documents.py: checksum, length, county, …

    class Meta:
        constraints = [of_person("document_rows")]


@keeps_history("contact")
class Contact(models.Model):
    """How to reach the family. Phones are often shared: they belong to a household or a dormitory, not to a child."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="contacts")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, default="phone")
    value = models.CharField(max_length=60)
    belongs_to = models.CharField(max_length=20, default="guardian")

    class Meta:
        constraints = [of_person("contact_rows")]


class Subject(models.Model):
    """A person's random pseudonym in facts. Erasure deletes this row, and the facts lose their tie."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="subject")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    subject = models.UUIDField(unique=True)

    class Meta:
        constraints = [
            of_person("subject_rows", verbs=("read", "add")),
            RoleRights(name="subject_linker", role="tx_linker", reads=("person_id", "subject")),
        ]


class Grant(models.Model):
    """Another centre may work with this person's record: for what, from when, until when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="grants")
    centre = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")  # who is let in
    given_from = models.ForeignKey("organisations.Centre", on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=20)
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True)
    given_at = models.DateTimeField(default=timezone.now)
    given_by = models.ForeignKey("access.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["centre", "person"])]
        constraints = [
            # Mentions no other table: Person's policy reads this one, and a policy may not go in circles.
            RowPolicy(
                name="grant_rows",
                part="person",
                rows="centre_id = any({centres}) or given_from_id = any({centres})",
                new_rows="given_from_id = any({centres})",
                columns=("ends_at",),
                readers=("tx_match",),
            ),
            RoleRights(name="grant_linker", role="tx_linker", reads=("person_id", "centre_id", "starts_at", "ends_at")),
        ]
