"""Unusual look-ups: rules as data over the events of the trace. Judged are events, never persons: nobody gets a score."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Event:
    """One event of the log, as the job reads it.

    `who`    the account, or for failed log-ins the address they came from
    `kind`   opened | listed | search | extract | emergency | idle | hidden | wrong
    `records` what it concerned, as keys that are only counted
    `traits` what is known of the moment: night, ended (the account works nowhere), leaving (it soon will not)
    """

    at: datetime
    who: str
    kind: str
    records: tuple[str, ...] = ()
    traits: frozenset[str] = frozenset()
    role: str = ""
    centre: str = ""


@dataclass(frozen=True)
class Rule:
    """`at_least` events (or different records) of these kinds by one `who` within a time, with all these traits."""

    code: str
    of: frozenset[str]
    at_least: int
    within: timedelta
    counts: str = "records"  # records | events
    when: frozenset[str] = frozenset()
    again_after: timedelta = timedelta(hours=24)

    def concerns(self, event: Event) -> bool:
        return event.kind in self.of and self.when <= event.traits


@dataclass(frozen=True)
class Found:
    """A rule that was met: by the events of `who` from `started_at` to `reached_at`."""

    rule: str
    who: str
    started_at: datetime
    reached_at: datetime
    counted: int
    role: str
    centre: str


Known = Mapping[tuple[str, str], datetime]  # (rule, who) → when it was last found


@dataclass
class _Window:
    """The events of one account under one rule that are not older than the rule looks back."""

    events: deque[Event] = field(default_factory=deque)
    records: Counter[str] = field(default_factory=Counter)

    def add(self, event: Event, since: datetime) -> None:
        self.events.append(event)
        self.records.update(event.records)
        while self.events[0].at < since:
            for one in self.events.popleft().records:
                self.records[one] -= 1
                if not self.records[one]:
                    del self.records[one]

    def counted(self, rule: Rule) -> int:
        return len(self.events) if rule.counts == "events" else len(self.records)


def unusual(events: Iterable[Event], rules: Iterable[Rule], known: Known | None = None) -> list[Found]:
    """What is unusual among `events` (in order of time). What was found once is not told again for `again_after`."""
    last, windows = dict(known or {}), dict[tuple[str, str], _Window]()
    by_kind: dict[str, list[Rule]] = {}
    for rule in rules:
        for kind in rule.of:
            by_kind.setdefault(kind, []).append(rule)
    found = []
    for event in events:
        for rule in by_kind.get(event.kind, ()):
            key = (rule.code, event.who)
            if not rule.concerns(event) or (key in last and event.at - last[key] < rule.again_after):
                continue
            window = windows.setdefault(key, _Window())
            window.add(event, event.at - rule.within)
            if (counted := window.counted(rule)) >= rule.at_least:
                started = window.events[0].at
                found.append(Found(rule.code, event.who, started, event.at, counted, event.role, event.centre))
                last[key] = event.at
                del windows[key]
    return found
