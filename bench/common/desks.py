"""Two hundred desks in a process of their own: `python -m bench.common.desks PORT SECONDS`, log-ins on standard input.

Locust runs them on loopback and nowhere else. Every desk is a signed-in session with cookies and forms of its own and
sends one request each five seconds: of a hundred 60 read a page, 15 search, 25 save (a registration section by section,
an answer to a referral, a service given). A save needs its form first: that is one of the reads.
"""

import datetime
import json
import random
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

import gevent
from locust import User, constant_pacing, task
from locust.env import Environment

from bench.common.visitor import Answer, Visitor, hidden

PACE = 5.0
# Chances of what is begun next; a save is two requests (its form, then itself): together 60, 15 and 25 of a hundred.
BEGIN = {"save": 1 / 3, "search": 0.2, "read": 1 - 1 / 3 - 0.2}
RARE = "闵璩逄亓阚郗厍"
GIVEN = "安柏晨岱恩帆歌航佳凯岚铭楠沛琪然森桐薇曦宣雅泽昭禾麦竹荷梅兰桂松枫"
PURPOSES = ("registration", "school", "health", "legal", "linkage", "statistics", "contact")
PERSON = re.compile(r'href="(/[a-z-]+/people/[0-9a-f-]{36}/)"')
RECEIVED = re.compile(r'href="(/[a-z-]+/referrals/[0-9a-f-]{36}/received/)"')
SEEN = re.compile(r'name="seen" value="([0-9a-f-]{36})"')
ERRORS = re.compile(r'error-summary__list">(.*?)</ul>', re.DOTALL)
Save = tuple[str, str, dict[str, str | list[str]]]  # the page of the form, where it is sent, what is typed
LOGINS: list[str] = []
AT_WORK: list[str] = []


class Refused(Exception):
    """An answer that a desk does not expect."""


class Desk(User):
    """One worker at a front desk, or one receiver of referrals: the log-in's name says which."""

    wait_time = constant_pacing(PACE)
    host = "http://127.0.0.1"

    def on_start(self) -> None:
        login = LOGINS.pop()
        self.is_receiver = login.startswith("load-receiver")
        self.dice = random.Random(login)
        self.visitor = self.signed_in(login)
        AT_WORK.append(login)
        self.persons: list[str] = []
        self.received: list[str] = []
        self.form: Answer | None = None
        self.waiting: Save | None = None
        self.onward, self.alike = "", list[str]()
        self.saves = self.answers() if self.is_receiver else self.registrations()
        gevent.sleep(self.dice.random() * PACE)  # desks do not press in step

    def signed_in(self, login: str) -> Visitor:
        """All come in the same minute; who is told to come back does, as a person would."""
        for _try in range(30):
            try:
                return Visitor(PORT, language="en").sign_in(login)
            except SystemExit as refusal:
                if not str(refusal).startswith("503"):
                    raise
                gevent.sleep(5 + 5 * self.dice.random())
        raise SystemExit(f"{login} was told thirty times to come back.")

    @task
    def one_request(self) -> None:
        if self.waiting:
            self.send()
            return
        what = self.dice.choices(list(BEGIN), list(BEGIN.values()))[0]
        if what == "save" and (save := next(self.saves, None)):
            self.waiting = save
            self.form = self.ask("read", "form", save[0])
        elif what == "search" and not self.is_receiver:
            self.ask("search", "people search", "people/search/", {"name": self.name(), "birth": self.birth()})
        else:
            self.read()

    def read(self) -> None:
        if self.is_receiver:
            self.received = RECEIVED.findall(self.ask("read", "referrals received", "referrals/").text)
            return
        place = self.dice.random()
        if place < 0.4 or not self.persons:
            self.persons = PERSON.findall(self.ask("read", "today", "today/").text) or self.persons
        elif place < 0.8:
            self.ask("read", "person", self.dice.choice(self.persons))
        else:
            self.ask("read", "referrals sent", "referrals/")

    def send(self) -> None:
        page, target, typed = self.waiting or ("", "", {})
        self.waiting = None
        kept = hidden(self.form.text) if self.form else {}
        is_check = page.endswith("/check/")  # 409: the register knows somebody alike
        answer = self.ask("save", "save", target or page, {**kept, **typed}, wanted=(302, 409) if is_check else (302,))
        if answer.status == 503:  # told to come back: the same is sent again
            self.waiting = (page, target, typed)
        self.onward = answer.onward
        self.alike = SEEN.findall(answer.text) if answer.status == 409 else []

    def registrations(self) -> Iterator[Save]:
        """Children, one after the other, through every page of the registration."""
        while True:
            name = self.name()
            yield "people/search/", "registrations/start/", {"name": name}
            start = self.onward
            for section, typed in self.typed(name).items():
                yield f"{start}{section}/", "", typed
            yield f"{start}check/", "", {}
            if self.alike:  # the desk has looked, and it is another child
                yield f"{start}check/", "", {"seen": self.alike}

    def answers(self) -> Iterator[Save | None]:
        """Yes to what waits, then the service given; each once."""
        done = set[str]()
        while True:
            self.received = [page for page in self.received if page not in done]
            if not self.received:
                yield None
                continue
            page = self.received.pop(0)
            done.add(page)
            yield page, f"{page}answer/", {"accept": "yes"}
            today = datetime.date.today().isoformat()
            yield page, page.replace("/received/", "/deliver/"), {"outcome": "received", "delivered_on": today}

    def typed(self, name: str) -> dict[str, dict[str, str | list[str]]]:
        return {
            "name": {"name": name, "sex": self.dice.choice(("female", "male")), "birth": self.birth()},
            "guardian": {"guardian_name": self.name(), "guardian_relation": "mother", "guardian_lives_with": "on"},
            "move": {"hukou": "rural", "moved_on": "2025", "move_reason": "school", "moved_with": "both_parents"},
            "consent": {"read_by": "desk", **{f"consent_{purpose}": "agreed" for purpose in PURPOSES}},
            "address": {"community": "示范社区（演示）", "phone": f"000{self.dice.randrange(10**8):08d}"},
            "language": {"languages": "zh"},
        }

    def name(self) -> str:
        return self.dice.choice(RARE) + "".join(self.dice.choices(GIVEN, k=2))

    def birth(self) -> str:
        return f"{self.dice.randrange(2011, 2024)}-{self.dice.randrange(1, 13):02d}-{self.dice.randrange(1, 29):02d}"

    def ask(
        self, kind: str, name: str, path: str, fields: dict[str, Any] | None = None, wanted: tuple[int, ...] = (200,)
    ) -> Answer:
        """One request on the clock, told to Locust; what is not as wanted counts as an error."""
        began = time.perf_counter()
        error: Exception | None = None
        answer = Answer(0, "", "")
        try:
            answer = self.visitor.post(path, **fields) if fields is not None else self.visitor.get(path)
            if answer.status not in wanted:
                error = Refused(f"{name}: {answer.status} {said(answer.text)}")
        except Exception as broken:  # a broken line is an error of the run, and the desk goes on
            error, self.visitor.line = broken, None
        self.environment.events.request.fire(
            request_type=kind,
            name=name,
            response_time=(time.perf_counter() - began) * 1000,
            response_length=len(answer.text),
            exception=error,
            context={},
        )
        return answer


def said(page: str) -> str:
    """What a refused page asks to mend, in short."""
    return " ".join(re.sub(r"<[^>]+>", " ", " ".join(ERRORS.findall(page))).split())[:200]


def run(seconds: float, users: int) -> dict[str, Any]:
    """All desks sign in, ten a second; then the figures of so many seconds by kind, and every error."""
    environment = Environment(user_classes=[Desk])
    runner = environment.create_local_runner()
    runner.start(users, spawn_rate=10)
    while len(AT_WORK) < users:
        gevent.sleep(0.2)
    gevent.sleep(PACE)
    environment.stats.reset_all()
    gevent.sleep(seconds)
    found: dict[str, Any] = {"errors": [error.to_dict() for error in environment.stats.errors.values()]}
    for kind in ("read", "search", "save"):
        entries = [entry for (_name, of), entry in environment.stats.entries.items() if of == kind]
        times: dict[int, int] = {}
        for entry in entries:
            for took, count in entry.response_times.items():
                times[took] = times.get(took, 0) + count
        found[kind] = {"requests": sum(times.values()), "p50": at(times, 0.5), "p95": at(times, 0.95)}
    found["pages"] = {
        entry.name: entry.get_response_time_percentile(0.95) for entry in environment.stats.entries.values()
    }
    runner.quit()
    return found


def at(times: dict[int, int], share: float) -> float:
    """The nearest rank among times with how often they were, in milliseconds."""
    left = share * sum(times.values())
    for took in sorted(times):
        left -= times[took]
        if left <= 0:
            return float(took)
    return 0.0


if __name__ == "__main__":
    PORT = int(sys.argv[1])
    LOGINS += sys.stdin.read().split()
    sys.stdout.write(json.dumps(run(float(sys.argv[2]), len(LOGINS))))
