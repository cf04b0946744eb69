"""Numbers for Prometheus (text format 0.0.4): the house, never a person. No label names anybody or any place.

What several processes count is read from where all can see it: the database, the disk, the supervisor's last
findings. What one process counts carries the label `process`.
"""

import json
import os
import time
from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from tongxing import __version__
from tongxing.config.gate import Counts
from tongxing.config.pulse import Pulse
from tongxing.config.state import State
from tongxing.core import places

KIND = CONTENT_TYPE_LATEST


def text(state: State, pulse: Pulse, counts: Counts) -> bytes:
    """All metrics as they are now."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Now(state, pulse, counts))
    return generate_latest(registry)


class _Now:
    def __init__(self, state: State, pulse: Pulse, counts: Counts) -> None:
        self.state, self.pulse, self.counts = state, pulse, counts

    def collect(self) -> Iterator[Metric]:
        yield from self._process()
        yield from self._surroundings()
        yield from self._findings()

    def _process(self) -> Iterator[Metric]:
        process = str(os.getpid())
        for name, words in (("shed", "Requests told to come back later"), ("slow", "Bodies given up as too slow")):
            total = CounterMetricFamily(f"tongxing_requests_{name}", words, labels=["process"])
            total.add_metric([process], getattr(self.counts, name))
            yield total
        for name in ("working", "waiting"):
            now = GaugeMetricFamily(f"tongxing_requests_{name}", f"Requests {name} now", labels=["process"])
            now.add_metric([process], getattr(self.counts, name))
            yield now
        version = GaugeMetricFamily("tongxing_version", "The version that runs", labels=["version"])
        version.add_metric([__version__], 1)
        yield version

    def _surroundings(self) -> Iterator[Metric]:
        last = self.pulse.last
        yield GaugeMetricFamily("tongxing_database_up", "1: the database answered a moment ago", int(last.database))
        yield GaugeMetricFamily(
            "tongxing_clock_offset_seconds", "This machine's clock less the database's", last.clock_off
        )
        yield GaugeMetricFamily("tongxing_worker_silent_seconds", "Since the worker's last sign", last.worker_silent)
        jobs = GaugeMetricFamily("tongxing_jobs", "Jobs of the worker by state", labels=["state"])
        for name, number in sorted(last.jobs.items()):
            jobs.add_metric([name], number)
        yield jobs
        free = GaugeMetricFamily("tongxing_free_bytes", "Room left where the house writes", labels=["place"])
        for place, left in places.room(self.state.places()).items():
            free.add_metric([place], left)
        yield free

    def _findings(self) -> Iterator[Metric]:
        found = GaugeMetricFamily("tongxing_findings", "What `tongxing doctor` found, by state", labels=["state"])
        age, findings = told(self.state)
        for name in ("ok", "warning", "fault"):
            found.add_metric([name], sum(finding["state"] == name for finding in findings))
        yield found
        yield GaugeMetricFamily("tongxing_findings_age_seconds", "Since the last examination; -1: none yet", age)


def told(state: State) -> tuple[float, list[dict[str, str]]]:
    """The supervisor's last examination: its age in seconds (-1: none yet), and the findings."""
    path = state.folder / "findings.json"
    try:
        return time.time() - path.stat().st_mtime, json.loads(path.read_text())
    except (OSError, ValueError):
        return -1.0, []
