"""What is wrong with this machine or this installation, in words and as JSON. Looks; changes nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from tongxing.config import advisories, cluster, instance
from tongxing.config.backups import places as targets
from tongxing.config.backups import record, shipping
from tongxing.config.backups.card import drill_card
from tongxing.config.cluster import Cluster
from tongxing.config.doctor_house import house
from tongxing.config.finding import Finding
from tongxing.config.state import LONGEST_SOCKET, SOCKET_NAME, State, StateProblem, private
from tongxing.config.supply import given
from tongxing.core import places

STATIC = Path(__file__).resolve().parent.parent / "static"
LOCALE = STATIC.with_name("locale")
ROOM_NEEDED = 2 * 1024**3
MEMORY_NEEDED = 512 * 1024**2
CERTIFICATE_WARNS = timedelta(days=21)
BACKUP_HOLDS = timedelta(days=2)


def examine(state: State) -> Iterator[Finding]:
    """All checks in order; a check that itself breaks is a fault, never a traceback."""
    for check in CHECKS:
        try:
            yield from check(state)
        except (StateProblem, psycopg.Error, OSError, ValueError, subprocess.SubprocessError) as problem:
            yield Finding(check.__name__, "fault", " ".join(str(problem).split())[:200])


def keep(state: State, findings: list[Finding]) -> list[Finding]:
    """Write the findings where page and metrics read them; returns the faults that were not there the last time."""
    path = state.folder / "findings.json"
    try:
        before = {one["check"] for one in json.loads(path.read_text()) if one["state"] == "fault"}
    except (OSError, ValueError):
        before = set()
    fresh = path.with_suffix(".new")  # one name: on a full disk nothing piles up
    with open(fresh, "w", opener=private) as file:
        json.dump([asdict(finding) for finding in findings], file, ensure_ascii=False)
    fresh.replace(path)
    return [finding for finding in findings if finding.state == "fault" and finding.check not in before]


def python(state: State) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("python", "ok" if fits else "fault", f"Python {version}", "" if fits else "Use Python 3.11 to 3.13.")
    if os.geteuid() == 0:
        yield Finding(
            "user", "warning", "running as root", "Serve as an ordinary user; the database drops root by itself."
        )


def folder(state: State) -> Iterator[Finding]:
    secrets = state.folder / "secrets"
    mine = [secrets, *secrets.iterdir()] if secrets.exists() else []
    if key := os.environ.get("TONGXING_CERTIFICATE_KEY"):
        mine.append(Path(key))
    loose = [str(path) for path in mine if path.exists() and path.stat().st_mode & 0o077]
    if loose:
        yield Finding("secrets", "fault", f"{loose[0]} can be read by others", f"chmod go-rwx {' '.join(loose)}")
    else:
        yield Finding("secrets", "ok", str(state.folder))


def purpose(state: State) -> Iterator[Finding]:
    fault = instance.mismatch(state)
    words = instance.marked(state) or "real work"
    remedy = "Instances for work, training and demonstration never share a folder." if fault else ""
    yield Finding("instance", "fault" if fault else "ok", fault or words, remedy)


def disk(state: State) -> Iterator[Finding]:
    left = places.room(state.places())
    place = min(left, key=lambda name: left[name])
    words = f"{left[place] / 1024**3:.1f} GB free ({place})"
    if left[place] < places.RESERVE:
        yield Finding("disk", "fault", f"{words}: saving has stopped", "Make room: 2 GB or more. No restart is needed.")
    elif left[place] < ROOM_NEEDED:
        yield Finding("disk", "warning", words, "Make room: 2 GB or more; below 256 MB saving stops.")
    else:
        yield Finding("disk", "ok", words)


def memory(state: State) -> Iterator[Finding]:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return
    kilobytes = {line.partition(":")[0]: int(line.split()[1]) for line in lines}
    left = kilobytes["MemAvailable"] * 1024
    words = f"{left / 1024**2:.0f} MB available"
    if left < MEMORY_NEEDED:
        yield Finding("memory", "warning", words, "Stop what else runs here, or add memory (guide: operate).")
    else:
        yield Finding("memory", "ok", words)


def socket(state: State) -> Iterator[Finding]:
    if state.database_url:
        return
    length = len(os.fsencode(f"{state.socket_folder}{SOCKET_NAME}"))
    yield Finding("socket", "ok", f"{state.socket_folder} ({length} of {LONGEST_SOCKET} bytes)")


def shared_memory(state: State) -> Iterator[Finding]:
    if cluster.shared_memory_is_small():
        yield Finding(
            "shared memory",
            "warning",
            "too little of it",
            "The database uses files instead; a container needs 256 MB at /dev/shm.",
        )
    else:
        yield Finding("shared memory", "ok", "enough")


def binaries(state: State) -> Iterator[Finding]:
    if state.database_url:
        yield Finding("database programs", "ok", "not needed: DATABASE_URL is set")
        return
    found = Cluster(state)
    made_by = found.data / "PG_VERSION"
    if made_by.exists() and int(made_by.read_text()) != found.major:
        words = f"programs of PostgreSQL {found.major}, data of {made_by.read_text().strip()}"
        yield Finding(
            "database programs",
            "fault",
            words,
            "`tongxing upgrade --from-programs FOLDER`, the folder of the old ones (guide: backup).",
        )
    else:
        yield Finding("database programs", "ok", f"PostgreSQL {found.major} in {found.binaries}")


def certificate(state: State) -> Iterator[Finding]:
    path = os.environ.get("TONGXING_CERTIFICATE", "")
    if not path:
        return
    from cryptography import x509

    ends = x509.load_pem_x509_certificate(Path(path).read_bytes()).not_valid_after_utc
    left = ends - datetime.now(UTC)
    remedy = "Put the new certificate in its place and restart the web (guide: operate)."
    if left <= timedelta(0):
        yield Finding("certificate", "fault", f"expired on {ends:%Y-%m-%d}", remedy)
    elif left < CERTIFICATE_WARNS:
        yield Finding("certificate", "warning", f"ends on {ends:%Y-%m-%d}, in {left.days} days", remedy)
    else:
        yield Finding("certificate", "ok", f"until {ends:%Y-%m-%d}")


def backup(state: State) -> Iterator[Finding]:
    if instance.is_training() or os.environ.get("TONGXING_DEMO") == "1":
        return  # nothing in it is lost with it
    if state.database_url:
        yield Finding("backup", "ok", "DATABASE_URL is set: the database is backed up by its own means")
        return
    card, now = drill_card(state), datetime.now(UTC)
    yield from drilled(card, now)
    if address := os.environ.get("TONGXING_BACKUP_TO"):
        try:
            here = {str(targets.place(address.rstrip("/")))}  # a backup that lies elsewhere has no log behind it
        except StateProblem as away:
            yield Finding("place of backups", "fault", str(away)[:200], "Bring it back; nothing has to be restarted.")
            here = set()
        made = next((one for one in record.rows(state) if one["what"] == "backup" and one.get("to") in here), None)
        made_at = datetime.fromisoformat(made["at"]) if made else None
        yield from shipping.findings(shipping.standing_of(state), made_at, now)


def drilled(card: Any, now: datetime) -> Iterator[Finding]:
    """What the card of the last restore drill says: `date` (aware datetime or None) and `ok`."""
    remedy = "Set up backups (guide: backup), run `tongxing drill` and read what it says."
    if card is None or card.date is None:
        yield Finding("backup", "fault", "no backup has ever been restored for a test", remedy)
    elif not card.ok and now - card.date <= BACKUP_HOLDS:
        yield Finding("backup", "fault", f"the drill of {card.date:%Y-%m-%d} failed", remedy)
    elif now - card.date > BACKUP_HOLDS:
        yield Finding("backup", "fault", f"the last drill is of {card.date:%Y-%m-%d}, more than two days ago", remedy)
    else:
        yield Finding("backup", "ok", f"restored and compared on {card.date:%Y-%m-%d}")


def built(state: State) -> Iterator[Finding]:
    wanted = [STATIC / "tongxing.css", STATIC / "vendor" / "htmx.min.js"]
    wanted += [LOCALE / language / "LC_MESSAGES" / "django.mo" for language in ("zh_Hans", "mn")]
    missing = [
        path.name if path.suffix != ".mo" else f"{path.parts[-3]}/django.mo" for path in wanted if not path.exists()
    ]
    if missing:
        yield Finding("static files", "fault", f"missing: {', '.join(missing)}", "Run `python3 dev.py build`.")
    else:
        yield Finding("static files", "ok", "styles, scripts and catalogues are there")


def libraries(state: State) -> Iterator[Finding]:
    """Known faults in what this program is made of, by the operator's copy of advisories (`tongxing advisories`)."""
    verdict = advisories.check(given(), advisories.used(), datetime.now(UTC).date())
    if verdict.state == "affected":
        named = ", ".join(sorted({f"{one.name} ({one.advisory})" for one in verdict.affected}))[:200]
        yield Finding("libraries", "fault", f"known to be unsafe: {named}", "Upgrade Tongxing.")
    elif verdict.state == "ok":
        yield Finding("libraries", "ok", verdict.words)
    else:
        remedy = "Fetch a new copy of the advisories (OSV, PyPI) and name it in TONGXING_ADVISORIES."
        yield Finding("libraries", "warning", f"not checked: {verdict.words}", remedy)


CHECKS: tuple[Callable[[State], Iterator[Finding]], ...] = (
    python, folder, purpose, disk, memory, socket, shared_memory, binaries, certificate, built, house, backup,
    libraries,
)  # fmt: skip
