"""The permission matrix: who may do what, in one table that a non-programmer can read.

Rows are parts of the record, columns are roles, cells are verbs: r read, a add, c change, x remove (own drafts only).
The cells travel inside the signed context, so the database enforces exactly this table. docs/security.md shows it.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Nobody signs in as one of these: code takes them on for one step (docs/security.md).
#   signing_in  has shown a password and a code, and may choose where to work
#   family      has shown a withdrawal code, and takes back that one referral
#   returning   carries a receiver's answer back: the fact, whose subject the receiver may not see, and the step
STEPS = ("signing_in", "family", "returning")

VERBS = {"read": "r", "add": "a", "change": "c", "remove": "x"}


@dataclass(frozen=True)
class Role:
    """One kind of work. `scope` is `centre` (rows of the centre one works at today) or `national`."""

    code: str
    name: str | Promise
    scope: str
    work: str | Promise


ROLES = {
    role.code: role
    for role in (
        Role("front_desk", _("Front desk"), "centre", _("registration, assessment, referral")),
        Role("case_worker", _("Case worker"), "centre", _("assessment, plan, referral, follow-up")),
        Role("police", _("Registering officer"), "centre", _("registration only")),
        Role("receiver", _("Receiver of referrals"), "centre", _("referrals sent to us, nothing else")),
        Role("partner", _("Reporting officer"), "centre", _("reports of one’s own organisation")),
        Role("mande", _("Monitoring and evaluation"), "national", _("figures without names")),
        Role("coordinator", _("Programme coordinator"), "national", _("figures, approval of editions")),
        Role("safeguarding", _("Safeguarding lead"), "national", _("alerts about protected children")),
        Role("protection", _("Data protection officer"), "national", _("requests of families about their records")),
        # The three administrators that no one person combines (GB/T 22239 level 3).
        Role("system", _("System administrator"), "national", _("running of the house, without records")),
        Role("security", _("Security administrator"), "national", _("accounts, roles, access")),
        Role("audit", _("Audit administrator"), "national", _("who looked at what")),
    )
}

# fmt: off
MATRIX: dict[str, dict[str, str]] = {
    # part            front_desk           case_worker          police             receiver            mande / coordinator / safeguarding
    "person":       {"front_desk": "rac",  "case_worker": "rac", "police": "a"},
    "registration": {"front_desk": "ra",   "case_worker": "ra",                         "returning": "r"},
    "carried_out":  {"front_desk": "ra",   "case_worker": "ra",  "police": "ra"},  # one's own registrations
    "draft":        {"front_desk": "racx", "case_worker": "racx", "police": "racx"},
    "roster":       {"front_desk": "rac",  "case_worker": "rac"},  # lists of persons that come as files
    "consent":      {"front_desk": "rac",  "case_worker": "rac", "police": "a",                         "family": "rc"},
    "case":         {"front_desk": "rac",  "case_worker": "rac", "police": "a",                         "returning": "rac"},
    "referral":     {"front_desk": "rac",  "case_worker": "rac",                                        "family": "rc"},
    "count":        {"front_desk": "ra",   "case_worker": "ra",                                         "returning": "r"},
    "received":     {"front_desk": "rc",   "case_worker": "rc",                     "receiver": "rc"},
    "delivery":     {"front_desk": "ra",   "case_worker": "ra",                     "receiver": "ra"},
    "search":       {"front_desk": "ra",   "case_worker": "ra",  "police": "ra"},
    "glass":        {"front_desk": "a",    "case_worker": "a"},
    "fact":         {"front_desk": "a",    "case_worker": "a",   "police": "a",     "receiver": "a", "returning": "a",
                     "coordinator": "a", "safeguarding": "a", "family": "a"},  # of voices
    "figures":      {"mande": "r", "coordinator": "r"},
    "measure":      {"mande": "rac", "coordinator": "r"},  # measures that officers build
    # The records behind a cell: officers without names, a desk those of its own centre.
    "records":      {"front_desk": "r",    "case_worker": "r",   "mande": "rax", "coordinator": "rax"},
    "extract":      {"mande": "rac", "coordinator": "rac"},  # one's own
    "release":      {"mande": "rc", "coordinator": "rc"},  # another officer's extract of more than 100 persons
    "edition":      {"mande": "ra", "coordinator": "rac"},
    # A partner: only the reports of the organisation at whose office he or she works.
    "report":       {"partner": "rac", "mande": "rac", "coordinator": "r"},
    "review":       {"mande": "rc", "coordinator": "rc"},
    "acceptance":   {"coordinator": "c"},
    "remark":       {"partner": "a", "mande": "a", "coordinator": "a"},
    "document":     {"mande": "rac", "coordinator": "rac"},
    "lesson":       {"mande": "rac", "coordinator": "rac"},
    "closing":      {"mande": "r", "coordinator": "rac"},
    # Who is who: the desk says it, a case worker takes it back; a lead sees pairs of all centres.
    "link":         {"front_desk": "ra",   "case_worker": "rac", "safeguarding": "rc"},
    "pair":         {"case_worker": "rc", "safeguarding": "rc"},
    "linking":      {"coordinator": "r", "safeguarding": "r"},  # numbers of the jobs that compare
    "alert":        {"front_desk": "a",    "case_worker": "a",   "police": "a",     "safeguarding": "rc"},
    # What people say of the programme and its staff: harm goes past everybody to the safeguarding lead.
    "voice":        {"front_desk": "a",    "case_worker": "rac", "coordinator": "rac",              "family": "a"},
    "safe_voice":   {"safeguarding": "rac"},
    "what_changed": {"mande": "ra", "coordinator": "rac"},
    "trace":        {"audit": "rc"},  # who looked at what, security events, findings, seals
    # Accounts, slips, resets, leaving and the review; a place of work is proposed by one and confirmed by another.
    "account":      {"security": "rac"},
    "proposal":     {"security": "rac", "coordinator": "rc"},
    "operation":    {"system": "rc"},  # how the house runs, and what readers reported
    # What families ask about their records: desks take it down, the data protection officer rules on it, and of an
    # erasure somebody else says the second word.
    "request":      {"front_desk": "rac",  "case_worker": "rac", "safeguarding": "r", "protection": "rac"},
    "ruling":       {"protection": "c"},
    "erasure":      {"case_worker": "c", "safeguarding": "c"},
    "answer":       {"front_desk": "r",    "case_worker": "r"},
    "halt":         {"front_desk": "r",    "case_worker": "r", "protection": "rac"},
    "retention":    {"protection": "r", "system": "r", "audit": "r"},
    # One's own user row, sessions, memberships and reading trace.
    "own":          {code: "rac" for code in (*ROLES, "signing_in")},
}
# fmt: on


def may(role: str, part: str, verb: str) -> bool:
    """May `role` do `verb` in `part`? Unknown roles and parts may nothing."""
    return VERBS[verb] in MATRIX.get(part, {}).get(role, "")


def granted(role: str) -> str:
    """The role's column of the matrix as the signed context carries it, e.g. `person=rac;case=rac`."""
    return ";".join(f"{part}={cells[role]}" for part, cells in MATRIX.items() if role in cells)
