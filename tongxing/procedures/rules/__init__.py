"""Pure questions about a procedure: dataclasses in, dataclasses out. No Django, no database, no clock.

`steps` what is open and late · `registration` what is wrong with the details · `referral` who may be told what, and
which service fits. Messages are English message ids with `%(name)s` arguments; views translate them.
"""

from tongxing.procedures.rules.offers import Offer, Reason, Wanted, fits, rank
from tongxing.procedures.rules.referral import (
    DECLINE_REASONS,
    FIELDS,
    NEEDS,
    STATES,
    THIS_REFERRAL,
    TRANSITIONS,
    Agreement,
    Shared,
    may_become,
    may_refer,
    meets,
    purpose_of,
    shared_fields,
    state_after_recall,
)
from tongxing.procedures.rules.registration import (
    ASKED,
    READERS,
    RELATIONS,
    GuardianDetails,
    Problem,
    RegistrationDetails,
    asks_assent,
    problems_with,
    who_decides,
)
from tongxing.procedures.rules.steps import DoneStep, OpenStep, due_on, is_closed, open_steps

__all__ = [
    "ASKED",
    "DECLINE_REASONS",
    "FIELDS",
    "NEEDS",
    "READERS",
    "RELATIONS",
    "STATES",
    "THIS_REFERRAL",
    "TRANSITIONS",
    "Agreement",
    "DoneStep",
    "GuardianDetails",
    "Offer",
    "OpenStep",
    "Problem",
    "Reason",
    "RegistrationDetails",
    "Shared",
    "Wanted",
    "asks_assent",
    "due_on",
    "fits",
    "is_closed",
    "may_become",
    "may_refer",
    "meets",
    "open_steps",
    "problems_with",
    "purpose_of",
    "rank",
    "shared_fields",
    "state_after_recall",
    "who_decides",
]
