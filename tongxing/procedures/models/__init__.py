"""Tables of the procedures, one aggregate per file."""

from tongxing.procedures.models.referral import Receipt, Referral, ReferralCount, WithdrawalCode
from tongxing.procedures.models.registration import Case, Draft, Registration, Step, Task
from tongxing.procedures.models.roster import Roster, RosterRow

__all__ = [
    "Case",
    "Draft",
    "Receipt",
    "Referral",
    "ReferralCount",
    "Registration",
    "Roster",
    "RosterRow",
    "Step",
    "Task",
    "WithdrawalCode",
]
