"""Forms of accounts, sent with every field name of every table: from a proposal to a first log-in, a lock and a review."""

import re
import time
from typing import Any

import pyotp
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import world
from tongxing.access.models import User
from tongxing.access.slips import SHORTEST
from tongxing.core.spreadsheets import Sheet, workbook
from tongxing.organisations.account_models import Proposal
from tongxing.organisations.models import Membership
from tongxing.organisations.roster import COLUMNS

CHOSEN = "brown cups travel north"


def accounts(run: Any) -> None:
    """Nothing but the forms' own fields moves, whoever sends what with them."""
    assert len(CHOSEN) > SHORTEST
    place = {"role": "front_desk", "centre": "changzhou-2", "starts_on": "2026-01-01", "ends_on": ""}
    new = {"login": "fuzzed.new", "name": "新人（演示）", "language": "en"}
    made = {"access__User": "new", "organisations__Proposal": "new"}
    run.post("security", "organisations:account_add", [], new | place, own=(*new, *place), **made)
    user = User.objects.using("owner").get(login="fuzzed.new")
    assert (user.password, user.totp_sealed, user.is_active) == ("!", "", True)
    proposal = Proposal.objects.using("owner").get(user=user)
    assert (proposal.proposed_by_id, proposal.answer) == (run.cast.security.user_id, "")
    yes = {"organisations__Proposal": "answer decided_by_id decided_at", "organisations__Membership": "new"}
    run.post("coordinator", "organisations:proposal_decide", [proposal.id], {"answer": "confirm"}, **yes)
    another = {f"place-{name}": value for name, value in (place | {"centre": "changzhou-1"}).items()}
    run.post("security", "organisations:place_add", [user.id], another, organisations__Proposal="new")
    shown = run.post("security", "organisations:slip", [user.id], {}, status=200, access__Slip="new")
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", shown.content.decode())[0]
    _begin(run, user, code)
    _look_after(run, user)
    _together(run, user)
    _roster(run)
    run.post(
        "mande",
        "facts:extract_release",
        [run.cast.national["released"]],
        {},
        facts__Extract="released_by_id released_at",
    )


def _together(run: Any, user: User) -> None:
    """Several at once: a place of work to confirm, and one to keep."""
    [waits] = Proposal.objects.using("owner").filter(user=user, answer="")
    yes = {"organisations__Proposal": "answer decided_by_id decided_at", "organisations__Membership": "new"}
    run.post("coordinator", "organisations:proposals_confirm", [], {"chosen": [str(waits.id)]}, **yes)
    held = Membership.objects.using("owner").get(user=user, centre_id=waits.centre_id, ends_on=None)
    seen = {"at": "changzhou-1", "chosen": [str(held.id)], "reason": "主任确认（演示）"}
    run.post("security", "organisations:access_review_keep", [], seen, organisations__AccessReview="new")


def _begin(run: Any, user: User, code: str) -> None:
    run.clients["newcomer"] = world.client()
    run.post("newcomer", "desk:first", [], {"login": user.login, "slip": code})
    chosen = {"password": CHOSEN, "again": CHOSEN}
    run.post("newcomer", "desk:first_password", [], chosen)
    secret = _key(run)
    begun = {"access__User": "password totp_sealed totp_step", "access__Slip": "used_at"}
    begun |= {"access__RecoveryCode": "new", "access__Session": "new", "access__SecurityEvent": "new"}
    run.post("newcomer", "desk:first_phone", [], {"code": _shown(secret)}, status=200, **begun)
    run.post("newcomer", "desk:conduct", [], {"agrees": "on"}, access__ConductSignature="new")
    run.post("newcomer", "desk:own", [], {"code": _shown(secret, 1)}, access__User="totp_step")
    new = _key(run, "/en/own/phone/")
    renewed = {"access__User": "totp_sealed totp_step", "access__RecoveryCode": "new gone"}
    run.post("newcomer", "desk:own_phone", [], {"code": _shown(new, 1)}, status=200, **renewed)
    run.post("newcomer", "desk:lock", [], {}, access__Session="locked_at")
    stay = re.search(
        r'name="stay" type="radio" value="([^"]+)"', run.clients["newcomer"].get("/en/locked/").content.decode()
    )
    User.objects.using("owner").filter(id=user.id).update(totp_step=0)  # the next code would come in half a minute
    opened = {"access__User": "totp_step", "access__Session": "locked_at seen_at"}
    run.post("newcomer", "desk:locked", [], {"stay": stay[1], "code": _shown(new)}, **opened)


def _key(run: Any, page: str = "/en/first/phone/") -> str:
    found = re.search(r'tx-code">([A-Z2-7 ]+)<', run.clients["newcomer"].get(page).content.decode())
    return found[1].replace(" ", "")


def _shown(secret: str, step: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * step)


def _look_after(run: Any, user: User) -> None:
    held = Membership.objects.using("owner").get(user=user)
    seen = {"verdict": "keep", "reason": "主任确认"}
    run.post("security", "organisations:access_review_one", [held.id], seen, organisations__AccessReview="new")
    lost = {"reset-kind": "phone", "reset-document": "known"}
    gone = {"access__User": "totp_sealed", "access__Session": "ended_at", "access__RecoveryCode": "gone"}
    gone |= {"access__Slip": "new", "access__IdentityCheck": "new"}
    run.post("security", "organisations:reset", [user.id], lost, status=200, **gone)
    run.post("security", "organisations:place_end", [held.id], {"heir": ""}, organisations__Membership="ends_on")


def _roster(run: Any) -> None:
    row = ("fuzzed.row", "名册（演示）", "en", "mande", "", "2026-01-01", "")
    file = SimpleUploadedFile("staff.xlsx", workbook([Sheet("Staff", COLUMNS, [row])]))
    shown = run.post("security", "organisations:roster", [], {"file": file}, own=("content",), status=200)
    made = {"access__User": "new", "organisations__Proposal": "new"}
    content = {"content": shown.context["content"]}
    run.post("security", "organisations:roster", [], content, own=("content",), status=200, **made)
