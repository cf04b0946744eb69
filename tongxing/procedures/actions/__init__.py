"""Writes of the procedures, one aggregate per file."""

from tongxing.procedures.actions.drafts import StaleForm, discard, save_draft, start_draft
from tongxing.procedures.actions.referrals import acknowledge, answer, decide_again, finish, refer, withdraw
from tongxing.procedures.actions.registrations import AlreadyHere, Ready, close, complete, refuse, register

__all__ = [
    "AlreadyHere",
    "Ready",
    "StaleForm",
    "acknowledge",
    "answer",
    "close",
    "complete",
    "decide_again",
    "discard",
    "finish",
    "refer",
    "refuse",
    "register",
    "save_draft",
    "start_draft",
    "withdraw",
]
