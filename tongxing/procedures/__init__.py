"""Runs: SOP editions, registrations, steps and tasks, referrals and their receipts.

Words: edition, step, task (a step that is due), registration, referral, snapshot, receipt, withdrawal.
Verbs: `register`, `complete` (a step), `refer`, `answer`, `withdraw`.
"""
