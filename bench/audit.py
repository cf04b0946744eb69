"""Unusual look-ups: seven scripted misuses hidden in a large normal log, found by the job that runs every three minutes.

python3 dev.py bench audit [--events 1000000] [--weeks 4] [--json]

The normal log is generated and says so (purpose `generated`): centres with desks, case workers and officers who work
by day, register, search, page through lists, mistype passwords, take files, open a record in an emergency now and then,
go home. Some are about to leave, some have left. Seven misuses are written into it: a sweep, name after name searched
for two hours, a file taken at night, somebody who left, lists opened in bulk, emergencies in a row, records opened
without work on them. The rows lie in
ReadNote, SecurityEvent and SearchNote; the job looks at them as tx_auditor every three minutes of log time around each
misuse; all weeks go through the same rules for false alarms. The control is the log without the scripts.
Which records nobody has had work with is said by a table of the bench in place of the register (access.audit_marks).
Goals: 7 of 7 within 5 minutes of log time after the event that makes it one; at most 2 false alarms a week of log.
"""

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from bench.common.figures import Goal, Times, tell, words
from bench.common.house import administrator, folder, house, say

START = datetime(2026, 10, 4, 16, 0, tzinfo=UTC)  # midnight of a Monday in China
TICK = timedelta(minutes=3)
SCRIPTS = ("sweep", "many", "night_export", "after_leaving", "mass_open", "emergencies", "no_work")
RECORDS = 2000  # of a centre
PROPOSED = (0, 0, 1, 1, 2, 3, 5, 10)  # how many persons a search shows


@dataclass
class Log:
    """Rows to be written, by table."""

    chance: random.Random
    notes: list[tuple[Any, ...]] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)
    searches: list[tuple[Any, ...]] = field(default_factory=list)

    def id(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128)))

    def note(self, at: datetime, who: "Worker", ids: list[str], kind: str = "person") -> None:
        listed = "[" + ", ".join(f'"{one}"' for one in ids) + "]"
        self.notes.append((self.id(), at, who.id, who.centre, who.role, kind, listed, "generated"))

    def event(self, at: datetime, kind: str, who: "Worker", path: str = "", address: str = "10.0.0.1") -> None:
        self.events.append((self.id(), at, kind, who.login, who.id, address, path))

    def search(self, at: datetime, who: "Worker") -> None:
        self.searches.append((self.id(), at, who.id, who.centre, 0, "none"))

    def __len__(self) -> int:
        return len(self.notes) + len(self.events) + len(self.searches)


@dataclass(frozen=True)
class Worker:
    id: str
    login: str
    role: str
    centre: str | None
    records: tuple[str, ...]
    idle: tuple[str, ...]
    leaves: date | None = None


def day_of(log: Log, who: Worker, day: datetime, lists: list[list[str]]) -> None:
    """A working day of one desk: eight hours, families one after the other, lists, a lunch."""
    chance = log.chance
    at = day + timedelta(hours=chance.uniform(8, 9.2))
    end = day + timedelta(hours=chance.uniform(16.5, 18.5))
    pace = chance.choice((6, 9, 12, 18))  # minutes a family takes today, on average; most days are quiet
    if chance.random() < 0.03:
        log.event(at, "wrong password", who)
    log.event(at, "signed in", who, path=who.role)
    while at < end:
        at += timedelta(minutes=max(1.5, chance.expovariate(1 / pace)))
        if 12 <= (at - day).total_seconds() / 3600 < 13:
            at += timedelta(hours=1)
        _family(log, who, at, lists)


def _family(log: Log, who: Worker, at: datetime, lists: list[list[str]]) -> None:
    chance, second = log.chance, timedelta(seconds=1)
    if chance.random() < 0.5:
        log.note(at, who, lists[chance.randrange(len(lists))])  # Today, a list of referrals
    if who.role == "front_desk" and chance.random() < 0.7:
        for n in range(chance.choice((1, 1, 1, 2, 3))):
            searched(log, who, at + 40 * n * second, chance.choice(PROPOSED))
    known = who.idle if chance.random() < 0.1 else who.records[RECORDS // 4 :]
    child = chance.choice(known)
    home = [child, *chance.sample(who.records, chance.randrange(4))]
    for n in range(chance.choice((1, 2, 2, 3, 5))):
        log.note(at + (60 + 45 * n) * second, who, home)
    if chance.random() < 0.25:
        log.note(at + 200 * second, who, [log.id()], kind="registration")
    if chance.random() < 0.0006:
        log.event(at, "glass", who, path="TX-26-999999")
    if chance.random() < 0.004:
        log.event(at, "refused", who, path="publishing:figures")


def searched(log: Log, who: Worker, at: datetime, proposed: int) -> None:
    """One look for a name: the search, and the page with those whom it proposes."""
    log.search(at, who)
    if proposed:
        log.note(at, who, log.chance.sample(who.records, proposed), kind="search")


def staff(log: Log, centres: list[str], weeks: int) -> list[Worker]:
    found = []
    end = (START + timedelta(weeks=weeks)).date()
    for centre in centres:
        records = tuple(log.id() for _ in range(RECORDS))
        idle = records[: RECORDS // 4]
        for n in range(5):
            leaves = end + timedelta(days=5) if log.chance.random() < 0.05 else None
            role = "front_desk" if n < 3 else "case_worker"
            found.append(Worker(log.id(), f"u{len(found)}", role, centre, records, idle, leaves))
        found.append(Worker(log.id(), f"u{len(found)}", "front_desk", centre, records, idle, START.date()))  # has left
    return found


def normal(log: Log, workers: list[Worker], officers: list[Worker], weeks: int, wanted: int) -> None:
    """Whole days until there are enough; the last weeks are as full as the first."""
    share = 1.0
    for week in range(weeks):
        before = len(log)
        for number in range(7):
            day = START + timedelta(weeks=week, days=number)
            for who in workers:
                if who.leaves == START.date() or log.chance.random() > (0.06 if number > 4 else 0.93) * share:
                    continue
                lists = [list(who.records[place : place + 45]) for place in range(0, 135, 45)]
                day_of(log, who, day, lists)
            for who in officers:
                if number < 5 and log.chance.random() < 0.2:
                    log.event(day + timedelta(hours=log.chance.uniform(9, 18)), "extract", who, path="900 rows")
        share = min(1.0, share * wanted / weeks / max(len(log) - before, 1))


def misuse(
    log: Log, workers: list[Worker], officers: list[Worker], weeks: int
) -> dict[str, tuple[str, datetime, datetime]]:
    """Writes the scripts; code → (who, first event, the event that makes it one)."""
    middle = START + timedelta(weeks=weeks // 2)
    desks = [who for who in workers if who.role == "front_desk" and who.leaves is None]
    told: dict[str, tuple[str, datetime, datetime]] = {}
    run = partial(_told, told)
    at = middle + timedelta(days=1, hours=10)
    moments = [at + timedelta(seconds=18 * n) for n in range(60)]
    for moment in moments:
        log.note(moment, desks[0], [log.id()])
    run("sweep", desks[0], at, moments, 40)
    at = middle + timedelta(days=1, hours=14)
    moments = [at + timedelta(minutes=n) for n in range(120)]
    for n, moment in enumerate(moments):  # name after name, no quicker than who registers
        log.search(moment, desks[4])
        log.note(moment, desks[4], list(desks[4].records[10 * n : 10 * n + 10]), kind="search")
    run("many", desks[4], at, moments, 65)
    at = middle + timedelta(days=2, hours=2)
    log.event(at, "extract", officers[0], path="9000 rows")
    run("night_export", officers[0], at, [at], 1)
    gone = next(who for who in workers if who.leaves == START.date())
    _slower(log, desks, gone, middle, run)
    return told


def _told(
    told: dict[str, tuple[str, datetime, datetime]],
    code: str,
    who: Worker,
    begun: datetime,
    moments: list[datetime],
    at_least: int,
) -> None:
    told[code] = (who.id, begun, moments[at_least - 1])


def _slower(log: Log, desks: list[Worker], gone: Worker, middle: datetime, run: Callable[..., None]) -> None:
    """The misuses that take some time to be one."""
    at = middle + timedelta(days=3, hours=11)
    log.event(at, "wrong password", gone)
    run("after_leaving", gone, at, [at], 1)
    at = middle + timedelta(days=4, hours=15)
    moments = [at + timedelta(seconds=20 * n) for n in range(10)]
    for moment in moments:
        log.note(moment, desks[1], [log.id() for _ in range(45)], kind="referral")
    run("mass_open", desks[1], at, moments, 7)
    at = middle + timedelta(days=5, hours=9)
    moments = [at + timedelta(hours=2 * n) for n in range(3)]
    for moment in moments:
        log.event(moment, "glass", desks[2], path="TX-26-999999")
    run("emergencies", desks[2], at, moments, 3)
    at = middle + timedelta(days=6, hours=9)
    moments = [at + timedelta(minutes=12 * n) for n in range(25)]
    for moment, record in zip(moments, desks[3].idle, strict=False):
        log.note(moment, desks[3], [record])
    run("no_work", desks[3], at, moments, 20)


TABLES = {
    "notes": "access_readnote (id, at, user_id, centre_id, role, kind, ids, purpose)",
    "events": "access_securityevent (id, at, kind, login, user_id, address, path)",
    "searches": "registry_searchnote (id, at, user_id, centre_id, inside, elsewhere)",
}
MARKS = """
    create table bench_idle (id uuid primary key);
    create or replace function access.audit_marks(named uuid[], moment timestamptz)
    returns table (id uuid, is_hidden boolean) language sql stable security definer set search_path = pg_catalog, public
    as $$ select i.id, false from bench_idle i where i.id = any(named) $$;
    alter table bench_idle owner to tx_owner"""


def written(connection: Any, log: Log) -> None:
    for name, table in TABLES.items():
        with connection.cursor() as cursor, cursor.copy(f"copy {table} from stdin") as stream:
            for row in getattr(log, name):
                stream.write_row(row)


def people(connection: Any, workers: list[Worker]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into access_user (id, login, name, password, language, totp_sealed, totp_step, is_active)"
            " values (%s, %s, 'generated', '!', 'en', '', 0, true)",
            [(who.id, who.login) for who in workers],
        )
        cursor.executemany(
            "insert into organisations_membership (id, user_id, centre_id, role, starts_on, ends_on)"
            " values (gen_random_uuid(), %s, %s, %s, '2020-01-01', %s)",
            [(who.id, who.centre, who.role, who.leaves) for who in workers],
        )
        cursor.execute(MARKS)
        cursor.executemany(
            "insert into bench_idle values (%s) on conflict do nothing", [(one,) for who in workers for one in who.idle]
        )


def ticks(first: datetime, last: datetime) -> Iterator[datetime]:
    """Moments at which the job runs: from before the misuse until a while after it."""
    moment = START + ((first - START) // TICK) * TICK
    while moment < last + timedelta(minutes=15):
        moment += TICK
        yield moment


def alarms(weeks: int) -> list[Any]:
    """All weeks through the rules, a day at a time with a day before it, as the job reads them."""
    from django.db import connections, transaction

    from tongxing.audit import detecting
    from tongxing.audit.rules.misuse import unusual

    known: dict[tuple[str, str], datetime] = {}
    found = []
    with transaction.atomic(using="auditor"), connections["auditor"].cursor() as cursor:
        for day in range(7 * weeks):
            since = START + timedelta(days=day)
            rules = detecting.rules()
            span = detecting.events(cursor, since - rules.longest, since + timedelta(days=1), rules)
            new = [one for one in unusual(span, rules.rules, known) if one.reached_at >= since]
            known |= {(one.rule, one.who): one.reached_at for one in new}
            found += new
    return found


def hidden(log: Log, told: dict[str, tuple[str, datetime, datetime]], spent: Times) -> dict[str, tuple[float, float]]:
    """Which misuse the job finds, how many minutes after it was one and after its first event."""
    from tongxing.audit import detecting

    delays = {}
    for code, (who, first, complete) in told.items():
        for now in ticks(complete, complete):
            hits = spent.run(lambda now=now: detecting.look(now))
            if any(one.rule == code and str(one.user_id) == who for one in hits):
                delays[code] = ((now - complete).total_seconds() / 60, (now - first).total_seconds() / 60)
                break
    return delays


def generated(log: Log, asked: Any) -> tuple[list[Worker], list[Worker]]:
    """The normal log and who works in it."""
    from tongxing.organisations.models import Centre

    real = [str(one) for one in Centre.objects.order_by("slug").values_list("id", flat=True)]
    # A desk leaves some 130 lines a day: so many centres' worth of staff, at the places that there are.
    size = max(4, asked.events // (asked.weeks * 5 * 5 * 130))
    workers = staff(log, [real[n % len(real)] for n in range(size)], asked.weeks)
    officers = [Worker(log.id(), f"o{n}", "mande", None, (), ()) for n in range(6)]
    normal(log, workers, officers, asked.weeks, asked.events)
    say(f"{len(log):,} normal events of {len(workers)} desks in {asked.weeks} weeks, generated")
    return workers, officers


def main() -> None:
    parser = words(__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--weeks", type=int, default=4)
    asked = parser.parse_args()
    spent, log = Times(), Log(random.Random(26))
    with folder() as made, house(made) as state:
        workers, officers = generated(log, asked)
        with administrator(state) as connection:
            people(connection, workers + officers)
            written(connection, log)
            connection.execute("vacuum analyze access_readnote, access_securityevent, registry_searchnote")
        false = alarms(asked.weeks)
        say(f"control: {[(one.rule, str(one.reached_at)) for one in false]}")
        scripts = Log(log.chance)
        told = misuse(scripts, workers, officers, asked.weeks)
        with administrator(state) as connection:
            written(connection, scripts)
        delays = hidden(scripts, told, spent)
    in_control = sum(one.rule == code and one.who == who for one in false for code, (who, _f, _c) in told.items())
    lines = [f"control without the scripts: {in_control} of 7 found; {len(false)} alarms in {asked.weeks} weeks"]
    lines += [
        f"{code:14} found {late:.1f} minutes after it was one, {since:.0f} after its first event"
        for code, (late, since) in delays.items()
    ]
    lines.append(f"one look of the job: {spent}")
    goals = [
        Goal("misuses not found", len(SCRIPTS) - len(delays), 0, "of 7"),
        Goal("the latest", max((late for late, _since in delays.values()), default=99), 5, "minutes"),
        Goal("false alarms", len(false) / asked.weeks, 2, "a week of log"),
        Goal("found without the scripts", in_control, 0, "of 7"),
    ]
    tell(lines, goals, asked.json, events=len(log), alarms=[one.rule for one in false])


if __name__ == "__main__":
    main()
