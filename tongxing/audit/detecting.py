"""Unusual look-ups: what the trace and the security log say since a while, as events, held against misuse.yaml."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connections, transaction
from django.utils import timezone
from ruamel.yaml import YAML

from tongxing.access import security
from tongxing.audit.models import Finding
from tongxing.audit.rules.misuse import Event, Found, Rule, unusual
from tongxing.organisations.models import NATIONAL_TIME_ZONE, Centre

RULES = Path(__file__).parent / "misuse.yaml"
KINDS = frozenset(("opened", "listed", "search", "extract", "emergency", "idle", "hidden", "wrong", "failed"))
TRAITS = frozenset(("night", "ended", "leaving"))
ALONE = 12  # a page that names at most so many is about one record: a child with its home, a registration, a referral
LEAVING = timedelta(days=14)
RECORDS = frozenset(("person", "registry.Person", "registration", "referral", "request", "search", "roster"))
LISTS = frozenset(("search", "roster"))  # never about one record, however short
FAILED = frozenset((security.WRONG_PASSWORD, security.WRONG_CODE, security.LOCKED_OUT))
SPECIAL = {security.EXTRACT: "extract", security.GLASS: "emergency"}


class WrongRules(ValueError):
    """misuse.yaml says something that cannot be; the words name the rule."""


@dataclass(frozen=True)
class Rules:
    """The rules, and between which hours it is night."""

    rules: tuple[Rule, ...]
    night_from: int
    night_to: int

    @property
    def longest(self) -> timedelta:
        return max(rule.within for rule in self.rules)


@cache
def rules(path: Path = RULES) -> Rules:
    """Read once. Raises WrongRules."""
    said = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    found = tuple(_rule(one) for one in said["rules"])
    if len({rule.code for rule in found}) < len(found):
        raise WrongRules("two rules have the same code")
    return Rules(found, *said["night"])


def _rule(said: dict[str, Any]) -> Rule:
    code = said["code"]
    of, when = frozenset(said["of"]), frozenset(said.get("when", ()))
    if not of <= KINDS or not when <= TRAITS or said["counts"] not in ("records", "events"):
        raise WrongRules(f"{code}: unknown kind of event, trait or way to count")
    if said["at_least"] < 1 or said["within_minutes"] < 1:
        raise WrongRules(f"{code}: at_least and within_minutes begin at 1")
    return Rule(code, of, said["at_least"], timedelta(minutes=said["within_minutes"]), said["counts"], when)


@transaction.atomic(using="auditor")
def look(now: datetime | None = None) -> list[Finding]:
    """Add what is unusual until `now` and not known yet; runs as tx_auditor. Each run reads the longest time of a rule
    anew, so that a row which was committed late is seen by the next run."""
    now, known = now or timezone.now(), rules()
    with connections["auditor"].cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(7463027)")
        told = unusual(events(cursor, now - known.longest, now, known), known.rules, _told_before(now))
    return [_kept(one) for one in told]


def _told_before(now: datetime) -> dict[tuple[str, str], datetime]:
    lately = Finding.objects.using("auditor").filter(reached_at__gte=now - timedelta(days=2)).order_by("reached_at")
    return {(one.rule, str(one.user_id) if one.user_id else one.address): one.reached_at for one in lately}


def _kept(found: Found) -> Finding:
    is_address = not _is_uuid(found.who)
    return Finding.objects.using("auditor").create(
        rule=found.rule,
        user_id=None if is_address else uuid.UUID(found.who),
        address=found.who if is_address else "",
        role=found.role,
        centre_id=uuid.UUID(found.centre) if found.centre else None,
        started_at=found.started_at,
        reached_at=found.reached_at,
        counted=found.counted,
    )


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class _Around:
    """What the job knows beside the log: accounts with their last day, places with their time zone, idle records."""

    ends: dict[str, date | None]
    logins: dict[str, str]
    zones: dict[str, ZoneInfo]
    marks: dict[str, bool]  # a record without work → whether its home is hidden
    known: Rules

    def traits(self, at: datetime, who: str, centre: str) -> frozenset[str]:
        here = at.astimezone(self.zones.get(centre, ZoneInfo(NATIONAL_TIME_ZONE)))
        ends = self.ends.get(who)
        return frozenset(
            name
            for name, is_so in (
                ("night", here.hour >= self.known.night_from or here.hour < self.known.night_to),
                ("ended", ends is not None and ends <= here.date()),
                ("leaving", ends is not None and here.date() < ends <= here.date() + LEAVING),
            )
            if is_so
        )


NOTES = """
    select at, user_id::text, coalesce(centre_id::text, ''), role, kind, array(select jsonb_array_elements_text(ids))
      from access_readnote where at >= %s and at < %s and kind = any(%s) order by at"""
SECURITY = """
    select at, coalesce(user_id::text, ''), kind, login, address, id::text
      from access_securityevent where at >= %s and at < %s and kind = any(%s) order by at"""


def events(cursor: Any, since: datetime, until: datetime, known: Rules) -> list[Event]:
    """The events of the log in order of time. `cursor`: of tx_auditor."""
    cursor.execute(NOTES, [since, until, list(RECORDS)])
    notes = cursor.fetchall()
    cursor.execute("select * from access.audit_accounts()")
    accounts = [(str(one), login, ends) for one, login, ends in cursor.fetchall()]
    around = _Around(
        ends={one: ends for one, _login, ends in accounts},
        logins={login: one for one, login, _ends in accounts},
        zones={str(pk): ZoneInfo(zone) for pk, zone in Centre.objects.values_list("id", "time_zone")},
        marks=_marks(cursor, {one for note in notes for one in _opened(*note[4:])}, until),
        known=known,
    )
    found = [*_of_notes(notes, around), *_of_searches(cursor, since, until, around)]
    cursor.execute(SECURITY, [since, until, [*FAILED, *SPECIAL]])
    found += _of_security(cursor.fetchall(), around)
    return sorted(found, key=lambda event: event.at)


def _marks(cursor: Any, records: Iterable[str], now: datetime) -> dict[str, bool]:
    cursor.execute("select id::text, is_hidden from access.audit_marks(%s::uuid[], %s)", [list(records), now])
    return dict(cursor.fetchall())


def _of_notes(notes: Iterable[tuple[Any, ...]], around: _Around) -> Iterator[Event]:
    for at, who, centre, role, page, ids in notes:
        opened = _opened(page, ids)
        idle = [one for one in opened if one in around.marks]
        hidden = [one for one in idle if around.marks[one]]
        traits = around.traits(at, who, centre)
        for kind, records in (("listed", ids), ("opened", opened), ("idle", idle), ("hidden", hidden)):
            if records:
                yield Event(at, who, kind, tuple(records), traits, role, centre)


def _opened(page: str, ids: list[str]) -> list[str]:
    """The record that a page is about, which stands first; those at home with it are shown too, and count as listed."""
    return ids[:1] if len(ids) <= ALONE and page not in LISTS else []


def _of_searches(cursor: Any, since: datetime, until: datetime, around: _Around) -> Iterator[Event]:
    cursor.execute("select * from access.audit_searches(%s, %s)", [since, until])
    for key, at, who, centre in cursor.fetchall():
        place = str(centre or "")
        yield Event(at, str(who), "search", (str(key),), around.traits(at, str(who), place), "", place)


def _of_security(rows: Iterable[tuple[Any, ...]], around: _Around) -> Iterator[Event]:
    for at, user, kind, login, address, key in rows:
        who = user or around.logins.get(login, "")
        if kind in SPECIAL:
            yield Event(at, who, SPECIAL[kind], (key,), around.traits(at, who, ""))
            continue
        if address:
            yield Event(at, address, "wrong", (key,))
        if who:
            yield Event(at, who, "failed", (key,), around.traits(at, who, ""))
