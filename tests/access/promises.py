"""Which rows the matrix promises to whom, table by table, in words of its own: not read from the policies under test.

`{centre}` and `{user}` are those of whoever acts. A table that is not here fails test_mutations.py.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import connections
from django.db.models import Model

from tests.access.cast import Cast
from tests.architecture.house import tables
from tests.world import somebody
from tongxing.access.acting import Acting
from tongxing.access.codes import FAMILY
from tongxing.access.permissions import may
from tongxing.core.rls import OpenRows

KEPT = "centre_id = {centre}"
LET_IN = "select person_id from registry_grant where centre_id = {centre} and (ends_at is null or ends_at > now())"
OF_PERSON = f"{KEPT} or person_id in ({LET_IN})"
NATIONAL = "{centre} is null"  # whoever acts for no centre acts for all
WITH_OWN = f"select figure_id from facts_cellmembers where {KEPT}"
SENT = "sender_id = {centre}"
# What has ended is gone for the receiver; what was taken back stays, blank, until copies are confirmed as deleted.
NOT_OVER = "expires_on >= current_date or (withdrawn_at is not null and acknowledged_at is null)"
STILL_ASKED = "answer <> '' or at > now() - interval '30 days'"
BODY = "select organisation_id from organisations_centre where id = {centre}"
REPORTED = f"organisation_id in ({BODY}) or {{national}}"
PROGRAMME = "route = 'programme'"
SAFE = ("safe_voice", "route = 'safeguarding'")  # harm: past the centre and past the programme
# What a function changes after it has asked who acts, and no statement does.
ANY_ACCOUNT = "id is not null"
TO_RELEASE = "persons > 100 and user_id <> {user}"
NONE: list[tuple[str, str]] = []

# For each table (part of the matrix that must allow the verb, rows). Several: either will do.
PROMISED: dict[str, list[tuple[str, str]]] = {
    "access.User": [("own", "id = {user}"), ("account", ANY_ACCOUNT)],
    "access.Slip": NONE,
    "access.RecoveryCode": NONE,
    "access.ConductSignature": [("own", "user_id = {user}")],
    "access.IdentityCheck": [("account", "true")],
    "access.Session": [("own", "user_id = {user}")],
    "access.ReadNote": [("own", "user_id = {user}"), ("trace", "true")],
    "access.ContextKey": NONE,
    "access.SecurityEvent": [("trace", "true")],
    "audit.Finding": [("trace", "true")],
    "audit.Seal": [("trace", "true")],
    "organisations.Membership": [("own", "user_id = {user}"), ("account", "true")],
    "organisations.Proposal": [("proposal", "true")],
    "organisations.AccessReview": [("account", "true")],
    "desk.Problem": [("operation", "true")],
    "facts.Fact": NONE,
    "facts.SubjectIdentity": NONE,
    "facts.LinkageRun": NONE,
    "facts.UncertainTie": NONE,
    "facts.ErasedCount": NONE,
    "facts.StoredMeasure": [("measure", "true")],
    "facts.KeptFigure": [("records", f"{NATIONAL} or id in ({WITH_OWN})")],
    "facts.CellMembers": [("records", f"{NATIONAL} or {KEPT}")],
    "facts.CellOpening": [("own", "user_id = {user}")],
    "facts.Extract": [("extract", "user_id = {user}"), ("release", TO_RELEASE)],
    "registry.Person": [("person", f"{KEPT} or id in ({LET_IN})")],
    "registry.Household": [("person", KEPT)],
    "registry.Grant": [("person", f"{KEPT} or given_from_id = {{centre}}")],
    "registry.Consent": [("consent", OF_PERSON)],
    "registry.SignedPaper": [("consent", KEPT)],  # whoever else is let into the record
    **{
        f"registry.{name}": [("person", OF_PERSON)]
        for name in ("Name", "Document", "Contact", "Guardianship", "Residence", "Movement", "Subject")
    },
    "registry.SearchKey": NONE,
    "registry.SearchRow": NONE,
    "registry.SearchNote": NONE,
    "registry.Link": NONE,  # a row tells where else a child is known
    "registry.Compared": NONE,
    "registry.ReviewPair": [("pair", f"{NATIONAL} or (left_centre_id = {{centre}} and right_centre_id = {{centre}})")],
    "registry.LinkRun": [("linking", "true")],
    "registry.Alert": [("alert", "true")],
    "registry.InstalledModel": NONE,
    "registry.MatchLabel": NONE,
    "registry.MatchAsk": [("search", f"{KEPT} and user_id = {{user}}")],
    "registry.MatchRequest": [("person", f"{KEPT} and ({STILL_ASKED})")],
    "procedures.Roster": [("roster", KEPT)],
    "procedures.RosterRow": [("roster", KEPT)],
    "procedures.Draft": [("draft", f"{KEPT} and user_id = {{user}}")],
    "procedures.Registration": [("registration", KEPT), ("carried_out", f"{KEPT} and registered_by_id = {{user}}")],
    "procedures.Case": [("case", KEPT)],
    "procedures.Step": [("case", KEPT)],
    "procedures.Task": [("case", KEPT)],
    "procedures.Referral": [("referral", SENT), ("received", f"receiver_id = {{centre}} and ({NOT_OVER})")],
    "procedures.ReferralCount": [("count", SENT)],
    "procedures.Receipt": [("referral", SENT)],
    "procedures.WithdrawalCode": NONE,
    "casework.Assessment": [("case", KEPT)],
    "casework.Delivery": [("delivery", KEPT)],
    # Public documents and the register of lessons: everyone reads, two roles write.
    "programme.Document": [("", "true"), ("document", "true")],
    "programme.Lesson": [("", "true"), ("lesson", "true")],
    "programme.Tick": [("closing", "true")],
    "programme.Voice": [("voice", f"{PROGRAMME} and ({{national}} or assigned_centre_id = {{centre}})"), SAFE],
    "programme.VoiceStep": [("voice", f"{PROGRAMME} and ({{national}} or {KEPT})"), SAFE],
    "programme.VoiceCode": NONE,
    "programme.VoiceChange": [("", "approved_at is not null"), ("what_changed", "true")],
    "programme.VoiceNumbers": [("", "true"), ("what_changed", "true")],
    "programme.Report": [("report", REPORTED), ("review", "{national}")],
    "programme.ReportedValue": [("report", REPORTED)],
    "programme.ReportStep": [("report", REPORTED)],
    "registry.Halt": [("halt", f"{NATIONAL} or ({KEPT} and kind = 'restriction')")],
    # Who rules sees requests of all centres; the second word is about erasures only.
    "rights.Request": [
        ("request", f"{NATIONAL} or {KEPT}"),
        ("erasure", f"kind = 'delete' and ({NATIONAL} or {KEPT})"),
    ],
    "rights.Answer": [("answer", KEPT)],
    "rights.Certificate": [("request", f"{NATIONAL} or {KEPT}")],
    "rights.Purge": [("retention", "true")],
    "publishing.Edition": [("", "state = 'approved'"), ("edition", "state = 'draft'")],
}

READ_BY_ALL = {label for label, promises in PROMISED.items() if ("", "true") in promises}


def walled() -> dict[str, type[Model]]:
    """All tables behind a wall, by label; reference data that everybody reads is left out."""
    return {
        model._meta.label: model
        for model in tables()
        if not any(isinstance(wall, OpenRows) for wall in model._meta.constraints)
    }


def promised(label: str) -> list[tuple[str, str]]:
    """KeyError for a table that nobody has thought about; former versions are read by nobody."""
    return NONE if label.endswith("Event") and label not in PROMISED else PROMISED[label]


def actors(cast: Cast) -> dict[str, Acting | None]:
    """Everybody, nobody, a desk that was let in by a grant, and the three steps that code takes on."""
    desk = cast.here.front_desk
    return cast.everyone() | {
        "nobody": None,
        "let in": somebody("front_desk", "changzhou-1"),
        "officer as receiver": replace(cast.here.police, role="receiver"),
        "police at the school": replace(cast.here.police, centre_id=cast.here.receiver.centre_id),
        "signing_in": Acting(desk.user_id, desk.name, "signing_in", None),
        "family": Acting(FAMILY, "", "family", desk.centre_id),
        "returning": desk.taking_on("returning", centre_id=desk.centre_id),
    }


# What a centre let in by a grant may read and not change, and what is public and never changed.
READ_ONLY = {
    OF_PERSON: KEPT,
    f"{KEPT} or id in ({LET_IN})": KEPT,
    f"{KEPT} or given_from_id = {{centre}}": "given_from_id = {centre}",
    ANY_ACCOUNT: "false",
    TO_RELEASE: "false",
}


def rows_of(model: type[Model], by: Acting | None, verb: str) -> set[str]:
    """The keys of the rows in which the matrix lets `by` do `verb`, asked of the database as its owner."""
    role = by.role if by else ""
    everybody = verb == "read"  # what is promised without a part is read by all, and changed by nobody
    granted = [rows for part, rows in promised(model._meta.label) if (may(role, part, verb) if part else everybody)]
    if verb != "read":
        granted = [READ_ONLY.get(rows, rows) for rows in granted]
    if not granted:
        return set()
    return keys_where(model, " or ".join(f"({rows})" for rows in granted), values_of(by))


def values_of(by: Acting | None) -> Mapping[str, Any]:
    centre, user = (by.centre_id, by.user_id) if by else (None, None)
    return {
        "centre": f"'{centre}'::uuid" if centre else "null::uuid",
        "user": f"'{user}'::uuid" if user else "null::uuid",
        "national": "true" if by and by.is_national else "false",
    }


def keys_where(model: type[Model], condition: str, values: Mapping[str, Any]) -> set[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"select {key_of(model)} from {model._meta.db_table} where {condition.format(**values)}")
        return {key for (key,) in cursor.fetchall()}


def key_of(model: type[Model]) -> str:
    """The primary key as text in SQL."""
    return f'"{model._meta.pk.column}"::text'
