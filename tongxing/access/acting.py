"""Who acts, where, in which role, for what: the value that every write takes as `by=`."""

import uuid
from dataclasses import dataclass, replace

from django.core.exceptions import PermissionDenied

from tongxing.access import permissions


@dataclass(frozen=True)
class Acting:
    """One signed-in person at one place. `centre_id` is None for national roles; `session_id` for jobs."""

    user_id: uuid.UUID
    name: str
    role: str
    centre_id: uuid.UUID | None
    session_id: uuid.UUID | None = None
    purpose: str = "desk"
    owes_conduct: bool = False  # has not signed the code of conduct as it is now

    @property
    def is_national(self) -> bool:
        return self.role in permissions.ROLES and permissions.ROLES[self.role].scope == "national"

    @property
    def place(self) -> uuid.UUID:
        """The centre that what one writes belongs to. Raises PermissionDenied for national roles: they keep no records."""
        if self.centre_id is None:
            raise PermissionDenied(f"{self.role} works at no centre")
        return self.centre_id

    def may(self, part: str, verb: str) -> bool:
        return permissions.may(self.role, part, verb)

    def demand(self, part: str, verb: str) -> None:
        """Refuse early and in words what the database would refuse anyway. Raises PermissionDenied."""
        if not self.may(part, verb):
            raise PermissionDenied(f"{self.role} may not {verb} {part}")

    def demand_keeping(self, centre_id: uuid.UUID) -> None:
        """Refuse to change what another centre keeps: a grant opens a record for reading. Raises PermissionDenied."""
        if centre_id != self.centre_id:
            raise PermissionDenied("the record is kept by another centre")

    def taking_on(self, step: str, *, centre_id: uuid.UUID | None) -> "Acting":
        """The same person in one of `permissions.STEPS`, for one step of the code, at the centre it concerns."""
        if step not in permissions.STEPS:
            raise ValueError(f"{step} is not a step that code takes on")
        return replace(self, role=step, centre_id=centre_id)
