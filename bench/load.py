"""Two hundred desks at once over 350,000 children, by Locust: sixty of a hundred requests read, 15 search, 25 save.

python3 dev.py bench load [--desks 200] [--minutes 10] [--scale full] [--json]      the first run builds the country
python3 dev.py bench load --short      20 desks, one minute, 400 children: for trying

Each desk signs in through the pages and sends a request every five seconds; saves are real: registrations section by
section, answers to referrals, services given, with their forms, tokens and sessions. On loopback only; stops by itself.
Goals: 0 errors, p95 of reads and searches ≤ 300 ms, of saves ≤ 500 ms. The yardstick is one desk alone, just before.
"""

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bench.common.country import country
from bench.common.figures import Goal, tell, words
from bench.common.house import administrator, say
from bench.common.serving import Served, serving

READ_MS, SAVE_MS = 300.0, 500.0
ALONE = 30.0  # seconds of one desk before
PLACES = """
    select id::text from organisations_centre where kind = 'community' order by slug"""
RECEIVERS = """
    select receiver_id::text from procedures_referral where state = 'in_progress' and expires_on >= current_date
    group by 1 order by count(*) desc, 1 limit %s"""


def accounts(served: Served, desks: int) -> list[str]:
    """Log-ins at all centres in turns; one in ten receives referrals, each at a place of its own where some wait."""
    os.environ |= {"TONGXING_STATE": str(served.folder), "TONGXING_DATABASE": "tongxing", "TONGXING_POOL": "0"}
    os.environ |= {"DJANGO_SETTINGS_MODULE": "tongxing.config.settings", "TONGXING_DEMO": "1"}
    import django

    django.setup()
    from tongxing.config.state import State

    with administrator(State.load()) as connection:
        places = [place for (place,) in connection.execute(PLACES)]
        receiving = [place for (place,) in connection.execute(RECEIVERS, [desks // 10])]
    members = [(f"load-receiver-{n}", "receiver", place) for n, place in enumerate(receiving)]
    rest = islice(cycle(places), desks + 1 - len(members))  # one more for the yardstick
    members += [(f"load-desk-{n}", "front_desk", place) for n, place in enumerate(rest)]
    _opened(members)
    return [login for login, _role, _place in members]


def _opened(members: list[tuple[str, str, str]]) -> None:
    """All with the demonstration's password, hashed once, and with the code of conduct signed."""
    from django.contrib.auth.hashers import make_password

    from tongxing.access import conduct, one_time
    from tongxing.access.models import ConductSignature, User
    from tongxing.config.demo.staff import PASSWORD
    from tongxing.organisations.actions import add_membership

    password = make_password(PASSWORD)
    for login, role, place in members:
        sealed = one_time.seal(one_time.new_secret())
        user = User.objects.using("owner").create(
            login=login, name=f"{login} (demonstration)", password=password, totp_sealed=sealed, language="en"
        )
        signed = conduct.current().edition
        ConductSignature.objects.using("owner").create(user=user, edition=signed, language="en")
        start = datetime.date(2020, 1, 1)
        add_membership(user_id=user.id, centre_id=place, role=role, starts_on=start)  # type: ignore[arg-type]


def desks(served: Served, logins: list[str], seconds: float) -> dict[str, Any]:
    """Requests of so many seconds, by kind, from a process of its own; see bench/common/desks.py."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench.common.desks", str(served.port), str(seconds)],
        input="\n".join(logins),
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[1],
    )
    if done.returncode or not done.stdout:
        raise SystemExit(f"The desks ended with {done.returncode}:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def said(name: str, found: dict[str, Any]) -> Iterator[str]:
    for kind in ("read", "search", "save"):
        one = found[kind]
        yield f"{name:8} {kind:7} {one['requests']:6} requests, median {one['p50']:.0f} ms, p95 {one['p95']:.0f} ms"


def main() -> int:
    parser = words(__doc__)
    parser.add_argument("--desks", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--scale", choices=("small", "typical", "full"), default="full")
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    if asked.short:
        asked.desks, asked.minutes, asked.scale = 20, 1.0, "small"
    place: AbstractContextManager[Served] = (
        country() if asked.scale == "full" else serving("demo", "--scale", asked.scale)
    )
    with place as served:
        logins = accounts(served, asked.desks)
        say("One desk alone")
        alone = desks(served, logins[-1:], ALONE)
        say(f"{asked.desks} desks for {asked.minutes:g} minutes")
        found = desks(served, logins[:-1], asked.minutes * 60)
    total = sum(found[kind]["requests"] for kind in ("read", "search", "save"))
    shares = [f"{kind} {found[kind]['requests'] / max(1, total):.0%}" for kind in ("read", "search", "save")]
    errors = sum(error["occurrences"] for error in [*alone["errors"], *found["errors"]])
    lines = [
        *said("alone", alone),
        *said(f"{asked.desks}", found),
        f"{total / asked.minutes / 60:.1f} requests/s; {', '.join(shares)}",
    ]
    lines += [f"{error['occurrences']} × {error['name']}: {error['error']}" for error in found["errors"]]
    goals = [
        Goal("errors", errors, 0, "errors"),
        Goal("reads, p95", found["read"]["p95"], READ_MS, "ms"),
        Goal("searches, p95", found["search"]["p95"], READ_MS, "ms"),
        Goal("saves, p95", found["save"]["p95"], SAVE_MS, "ms"),
    ]
    tell(
        lines, goals, asked.json, scale=asked.scale, desks=asked.desks, minutes=asked.minutes, alone=alone, found=found
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
