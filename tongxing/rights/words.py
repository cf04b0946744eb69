"""How fields and codes of a record are called on a family's paper."""

import re
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from tongxing.access.permissions import ROLES
from tongxing.core.date_forms import long_date, month_and_year
from tongxing.core.i18n import Text
from tongxing.organisations.models import LANGUAGES, NEEDS, Centre
from tongxing.procedures import sop
from tongxing.procedures.forms import COMPANIONS, REASONS
from tongxing.procedures.rules.referral import FIELDS as SHARED
from tongxing.registry import consent_text

FIELDS: dict[str, str | Promise] = {
    "number": gettext_lazy("Number"),
    "signed_on": gettext_lazy("Signed on"),
    "sheet": gettext_lazy("Sheet number"),
    "read_aloud_by": gettext_lazy("Read aloud by"),
    "media_type": gettext_lazy("Kind of file"),
    "size": gettext_lazy("Size in bytes"),
    "attached_at": gettext_lazy("Attached at"),
    "centre": gettext_lazy("Centre"),
    "name": pgettext_lazy("person", "Name"),
    "surname": gettext_lazy("Surname"),
    "spoken": gettext_lazy("How it is spoken"),
    "sex": gettext_lazy("Sex"),
    "birth": gettext_lazy("Birth date"),
    "birth_from": gettext_lazy("Birth date"),
    "birth_precision": gettext_lazy("Known to the"),
    "birth_said": gettext_lazy("Birth, as said"),
    "languages": gettext_lazy("Languages"),
    "needs_interpreter": gettext_lazy("Needs an interpreter"),
    "hukou": gettext_lazy("Household registration"),
    "origin_division": gettext_lazy("Origin"),
    "is_location_locked": gettext_lazy("Location locked"),
    "registered_at": gettext_lazy("Recorded"),
    "text": gettext_lazy("Written as"),
    "kind": gettext_lazy("Kind"),
    "script": gettext_lazy("Script"),
    "value": gettext_lazy("Number or address"),
    "warnings": gettext_lazy("Remarks"),
    "belongs_to": gettext_lazy("Belongs to"),
    "given_from": gettext_lazy("Given by"),
    "purpose": gettext_lazy("What for"),
    "starts_at": gettext_lazy("From"),
    "ends_at": gettext_lazy("Until"),
    "given_at": gettext_lazy("Recorded"),
    "decision": pgettext_lazy("noun", "Answer"),
    "text_edition": gettext_lazy("Consent text"),
    "language": gettext_lazy("Language"),
    "decided_by_whom": gettext_lazy("Who decided"),
    "decider_name": gettext_lazy("Name of who decided"),
    "relation": gettext_lazy("Relation"),
    "read_by": gettext_lazy("Read aloud by"),
    "assent": gettext_lazy("The child’s own answer"),
    "valid_until": gettext_lazy("Valid until"),
    "decided_at": gettext_lazy("Decided"),
    "withdrawn_at": gettext_lazy("Taken back"),
    "lives_with": gettext_lazy("Lives with the child"),
    "starts_on": gettext_lazy("From"),
    "ends_on": gettext_lazy("Until"),
    "division": gettext_lazy("Place"),
    "community": gettext_lazy("Community or village"),
    "address": gettext_lazy("Address"),
    "verified_on": gettext_lazy("Verified"),
    "from_division": gettext_lazy("From place"),
    "to_division": gettext_lazy("To place"),
    "moved_on": gettext_lazy("Moved"),
    "precision": gettext_lazy("Known to the"),
    "reason": gettext_lazy("Reason"),
    "moved_with": gettext_lazy("Moved with"),
    "code": pgettext_lazy("procedure", "Step"),
    "procedures.Referral.code": gettext_lazy("Number"),
    "sender": gettext_lazy("Sent by"),
    "receiver": gettext_lazy("Sent to"),
    "need": gettext_lazy("Need"),
    "shared": gettext_lazy("What was shared"),
    "state": gettext_lazy("State"),
    "answer_by": gettext_lazy("Answer due"),
    "expires_on": gettext_lazy("Shared until"),
    "referred_on": gettext_lazy("Sent on"),
    "referred_at": gettext_lazy("Recorded"),
    "answered_at": gettext_lazy("Answered"),
    "first_meeting": gettext_lazy("First meeting"),
    "decline_reason": gettext_lazy("Why it was declined"),
    "note": gettext_lazy("Note"),
    "outcome": gettext_lazy("Outcome"),
    "done_on": gettext_lazy("Done on"),
    "acknowledged_at": gettext_lazy("Receiver confirmed that copies are gone"),
    "subject": gettext_lazy("Pseudonym in figures"),
    "birth_year": gettext_lazy("Birth year"),
    "rows": gettext_lazy("Lines of the receipt"),
    "made_at": gettext_lazy("Recorded"),
    "edition": gettext_lazy("Edition of the procedure"),
    "shown": gettext_lazy("As registered"),
    "channel": gettext_lazy("Recorded at"),
    "registered_on": gettext_lazy("Registered on"),
    "risk": gettext_lazy("Level of risk"),
    "closed_on": gettext_lazy("Closed on"),
    "opened": gettext_lazy("Next steps"),
    "due_on": gettext_lazy("Due"),
    "done_at": gettext_lazy("Recorded"),
    "opened_on": gettext_lazy("Opened on"),
    "needs": gettext_lazy("Needs"),
    "assessed_on": gettext_lazy("Assessed on"),
    "assessed_at": gettext_lazy("Recorded"),
    "delivered_on": gettext_lazy("Given on"),
    "recorded_at": gettext_lazy("Recorded"),
    "version": gettext_lazy("Version"),
    "across": gettext_lazy("Compared with other centres"),
}

CODES: dict[str, str | Promise] = {
    "female": gettext_lazy("female"),
    "male": gettext_lazy("male"),
    "not_stated": gettext_lazy("not stated"),
    "agreed": gettext_lazy("agreed"),
    "refused": pgettext_lazy("consent", "refused"),
    "guardian": gettext_lazy("guardian"),
    "young_person": gettext_lazy("the young person"),
    "mother": gettext_lazy("mother"),
    "father": gettext_lazy("father"),
    "grandparent": gettext_lazy("grandparent"),
    "sibling": gettext_lazy("brother or sister"),
    "relative": gettext_lazy("relative"),
    "other": gettext_lazy("somebody else"),
    "household": gettext_lazy("the household"),
    "desk": gettext_lazy("the desk"),
    "interpreter": gettext_lazy("an interpreter"),
    "day": gettext_lazy("day"),
    "month": gettext_lazy("month"),
    "year": gettext_lazy("year"),
    "about": gettext_lazy("about"),
    "phone": gettext_lazy("Phone"),
    "official": gettext_lazy("official"),
    "rural": gettext_lazy("Rural hukou"),
    "urban": gettext_lazy("Urban hukou"),
    "none": gettext_lazy("none"),
    "high": gettext_lazy("high"),
    "medium": gettext_lazy("medium"),
    "low": gettext_lazy("low"),
    "pressing": gettext_lazy("pressing"),
    "some": pgettext_lazy("need", "some"),
    "in_progress": gettext_lazy("waiting for an answer"),
    "accepted": gettext_lazy("accepted"),
    "rejected": gettext_lazy("declined"),
    "done": pgettext_lazy("referral", "done"),
    "revoked": gettext_lazy("taken back"),
    "received": gettext_lazy("received"),
    "partly": gettext_lazy("partly received"),
    "not_received": gettext_lazy("not received"),
}


def field(name: str, table: str = "") -> str:
    """How a field is called, in this table or anywhere; its own name where nobody has said."""
    return str(FIELDS.get(f"{table}.{name}") or FIELDS.get(name, name))


def value(raw: Any, name: str = "") -> str:
    """A value of the field `name` as the family reads it, in the language in force: codes as words, lists with commas."""
    if isinstance(raw, bool):
        return _("yes") if raw else _("no")
    if isinstance(raw, dict):
        if set(raw) and set(raw) <= {"zh", "en", "mn"}:
            return Text(raw).spoken(get_language() or "en")
        told = {key: one for key, one in raw.items() if one not in ("", None, [], {})}
        return " · ".join(f"{_key(key, name)}: {value(one, key)}" for key, one in told.items())
    if isinstance(raw, list) and len(raw) == 2 and name == "rows":  # a line of a receipt
        return f"{_key(str(raw[0]), name)}: {value(raw[1], str(raw[0]))}"
    if isinstance(raw, list):
        return ", ".join(value(one, name) for one in raw if one not in ("", None))
    return _known(name).get(str(raw)) or _moment(str(raw))


def _key(key: str, name: str) -> str:
    """How a key inside a value is called: a need, a shared line, else a field."""
    if name == "needs":
        return value(key, "need")
    return _(SHARED[key]) if key in SHARED else field(key)


DAY = re.compile(r"(\d{4}-\d\d-\d\d)(T\d\d:\d\d[+-]\d\d:\d\d)?")
MONTH = re.compile(r"\d{4}-\d\d")


def _moment(raw: str) -> str:
    """A day or a month as the language in force writes it; anything else as it is."""
    language = get_language() or "en"
    try:
        if day := DAY.fullmatch(raw):
            return long_date(date.fromisoformat(day[1]), language)
        if MONTH.fullmatch(raw):
            return month_and_year(date.fromisoformat(f"{raw}-01"), language)
    except ValueError:  # what somebody typed only looks like a day
        pass
    return raw


def _known(name: str) -> dict[str, str]:
    """Codes of the field, in words; a need and a purpose may have the same code, and so may a step."""
    language = get_language() or "en"
    if name in ("need", "needs"):
        return {str(code): str(words) for code, words in NEEDS} | {
            one: str(CODES[one]) for one in ("pressing", "some", "none")
        }
    if name == "purpose":
        return {one.code: one.title.spoken(language) for one in consent_text.editions()[-1].purposes}
    if name == "reason":
        return {code: str(words) for code, words in REASONS}
    if name == "moved_with":
        return {code: str(words) for code, words in COMPANIONS}
    if name == "contact":  # what is shared is the short name of the centre
        return {one.slug: one.name.spoken(language) for one in Centre.objects.all()}
    if name in ("code", "opened"):
        return {step.code: step.title.spoken(language) for one in sop.editions() for step in one.steps} | _events()
    return {code: str(words) for code, words in CODES.items()} | {str(code): str(words) for code, words in LANGUAGES}


def _events() -> dict[str, str]:
    return {"referral_sent": _("Referral sent"), "consent_withdrawn": _("Taken back")}


def role(code: str) -> str:
    """The role in which somebody looked; says so where the log no longer tells."""
    return str(ROLES[code].name) if code in ROLES else _("not recorded any more")


LOOKS: dict[str, str | Promise] = {
    "desk": gettext_lazy("work at the desk"),
    "emergency": gettext_lazy("an emergency"),
    "linked": gettext_lazy("another record of the same child"),
    "extract": gettext_lazy("a file of rows without names"),
    "review": gettext_lazy("checking whether two records are one child"),
}


def purpose(code: str) -> str:
    """What somebody looked for."""
    return str(LOOKS.get(code, code))
