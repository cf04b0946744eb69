"""What a web process knows of its surroundings, looked up every few seconds beside the pages and never by them."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

log = logging.getLogger("tongxing.pulse")

EVERY = 5.0  # seconds between two looks
STALE = 20.0  # a look that is older says nothing any more
CLOCK_MAY_DIFFER = 20.0  # seconds from the database's clock; a one-time code counts for thirty
QUEUE = """
select coalesce((select jsonb_object_agg(status, n) from (
           select status, count(*) n from procrastinate_jobs group by status) s), '{}'),
       coalesce((select extract(epoch from now() - max(last_heartbeat)) from procrastinate_workers), -1)::float
"""


@dataclass
class Look:
    """One look: is the database there, how far its clock is from ours (seconds), what waits for the worker."""

    at: float = field(default_factory=time.monotonic)
    database: bool = False
    clock_off: float = 0.0
    jobs: dict[str, int] = field(default_factory=dict)
    worker_silent: float = -1.0  # seconds since its last sign of life; -1: no worker has registered


class Pulse:
    """Looks in a thread of its own. `last` is always there at once, however slow the database is."""

    def __init__(self, login: Mapping[str, str]) -> None:
        """`login`: as State.login gives it."""
        self.login, self.last = dict(login), Look(at=float("-inf"))
        self.connection: psycopg.Connection[Any] | None = None

    def start(self) -> "Pulse":
        """Look once now, then every `EVERY` seconds until the process ends."""
        self.look()
        threading.Thread(target=self._for_ever, name="pulse", daemon=True).start()
        return self

    def _for_ever(self) -> None:
        while True:
            time.sleep(EVERY)
            self.look()

    def look(self) -> Look:
        """Never raises: what cannot be seen is a look that says so."""
        was_off = self.is_clock_wrong
        try:
            self.last = self._seen()
        except psycopg.Error:
            self.close()
            self.last = Look(clock_off=self.last.clock_off)
        if self.is_clock_wrong and not was_off:
            log.error("the clock is %.0f s from the database's: no page is answered until it is set", self.clock_off)
        return self.last

    def _seen(self) -> Look:
        if self.connection is None or self.connection.closed:
            self.connection = psycopg.connect(**self.login, autocommit=True, connect_timeout=3)  # type: ignore[arg-type]
            self.connection.execute("set statement_timeout = '3s'")
        before = time.time()
        clock = self.connection.execute("select extract(epoch from clock_timestamp())::float").fetchone()
        now = (before + time.time()) / 2
        look = Look(database=True, clock_off=now - clock[0] if clock else 0.0)
        queue = self.connection.execute(QUEUE).fetchone()
        if queue:
            look.jobs, look.worker_silent = queue
        return look

    def close(self) -> None:
        """Let go of the connection; the next look makes a new one."""
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    @property
    def clock_off(self) -> float:
        return self.last.clock_off

    @property
    def is_clock_wrong(self) -> bool:
        return abs(self.last.clock_off) > CLOCK_MAY_DIFFER

    @property
    def is_ready(self) -> bool:
        """The database answered a moment ago and the clocks agree."""
        return self.last.database and not self.is_clock_wrong and time.monotonic() - self.last.at < STALE
