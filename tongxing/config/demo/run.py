"""One loading of the demonstration: its seed, day and size, kept in the state folder, so that a killed one goes on."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

from django.conf import settings
from django.db import connections
from django.utils import timezone

from tongxing.config.demo.lives import scales
from tongxing.config.lifeline import on_start
from tongxing.procedures.models import Registration

Progress = Callable[[str, int, int], None]
MANY = 20_000  # children from which on a second process pays
DRAFTS = uuid.UUID("6f6d1c4e-0000-5000-8000-000000001880")  # the names of drafts hang under this one


@dataclass
class Run:
    """`batch` is kept too: what was written is passed over by batches. Another scale at a later start changes nothing."""

    seed: ClassVar[int] = 1880
    scale: str
    children: int
    today: date
    batch: int = 250
    is_loaded: bool = False

    @classmethod
    def begun(cls, scale: str, children: int | None) -> "Run":
        """The run of this state folder, or a new one."""
        if _place().exists() and Registration.objects.using("owner").exists():
            return cls.kept()
        run = cls(scale, children or scales()[scale].children, timezone.localdate())
        run._keep()
        return run

    @classmethod
    def kept(cls) -> "Run":
        """As an earlier start wrote it down."""
        said = json.loads(_place().read_text())
        said.pop("seed", None)
        return cls(**said | {"today": date.fromisoformat(said["today"])})

    @property
    def lives(self) -> Mapping[str, Any] | None:
        return scales()[self.scale].lives

    @property
    def processes(self) -> int:
        return min(2, os.cpu_count() or 1) if self.children >= MANY else 1

    def draft(self, truth: int, centre: int) -> uuid.UUID:
        """The draft of this child at this centre: the same in every run of the seed."""
        return uuid.uuid5(DRAFTS, f"{self.seed}-{truth}-{centre}")

    def finished(self) -> None:
        """All is written: the planner learns how much it is, and the next start loads nothing."""
        with connections["owner"].cursor() as cursor:
            cursor.execute("analyze (skip_locked)")
        self.is_loaded = True
        self._keep()

    def _keep(self) -> None:
        fresh = _place().with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self) | {"today": self.today.isoformat(), "seed": self.seed}))
        fresh.replace(_place())


def _place() -> Path:
    folder: Path = settings.STATE.folder
    return folder / "demonstration.json"


def shared(processes: int, progress: Callable[[int], None]) -> None:
    """Load the kept run in so many processes, which end with this one. Raises RuntimeError when one of them fails."""
    done = [0] * processes

    def follow(number: int, told: Any) -> None:
        for line in told:
            done[number] = int(line)
            progress(sum(done) // processes)

    working = [
        subprocess.Popen(
            [sys.executable, "-m", "tongxing.config.demo.share", str(number), str(processes)],
            env=os.environ | {"TONGXING_STATE": str(settings.STATE.folder), "TONGXING_DEMO": "1"},
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=on_start(signal.SIGKILL),  # whatever is not committed is done again
        )
        for number in range(processes)
    ]
    following = [Thread(target=follow, args=(n, one.stdout), daemon=True) for n, one in enumerate(working)]
    for thread in following:
        thread.start()
    codes = [one.wait() for one in working]
    for thread in following:
        thread.join()
    if any(codes):
        raise RuntimeError(f"loading ended with {codes}; start again, it goes on where it was")
