"""Which libraries of this installation are known to be unsafe, by a dated copy of advisories that the operator gives.

Nothing is asked over a network, and silence is never taken for safety: without a copy, with an old one, or with one
that cannot be read, the answer is that nothing was checked. The copy is in the format OSV (one JSON file an advisory),
as a folder or as the zip in which it is handed out. Its date is that of its newest advisory: copying makes it no newer.
"""

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

HOUSE = Path(__file__).resolve().parent.parent.parent
LOCK = HOUSE / "requirements.lock"
OLDEST = 30  # days
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True)
class Affected:
    """A library that an advisory names in the version that is used here."""

    name: str
    version: str
    advisory: str
    words: str


@dataclass(frozen=True)
class Verdict:
    """`state`: `ok`, `affected`, or `not checked` for the reason in `words`."""

    state: str
    words: str
    affected: tuple[Affected, ...] = ()


def used(lock: Path = LOCK) -> dict[str, str]:
    """Library -> version, as locked; where no lock lies beside the program, as installed."""
    if lock.exists():
        pinned = PINNED.findall(lock.read_text(encoding="utf-8"))
        return {canonicalize_name(name): version for name, version in pinned}
    return {canonicalize_name(one.metadata["Name"]): one.version for one in distributions()}


def check(copy: Path | None, versions: Mapping[str, str], today: date) -> Verdict:
    """The verdict about `versions` (library -> version) by the advisories in `copy`."""
    if copy is None:
        return Verdict("not checked", "no copy of advisories was given (TONGXING_ADVISORIES)")
    try:
        known = list(_advisories(copy))
        newest = max((_day(one["modified"]) for one in known), default=None)
        found = tuple(hit for one in known for hit in _hits(one, versions))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, zipfile.BadZipFile) as problem:
        return Verdict("not checked", f"the copy cannot be read: {type(problem).__name__}")
    if newest is None:
        return Verdict("not checked", "the copy holds no advisory about Python libraries")
    if found:
        return Verdict("affected", f"{len({one.name for one in found})} of {len(versions)} libraries", found)
    if newest > today:
        return Verdict("not checked", f"the copy is of {newest}, which is to come: look at the clock")
    if (today - newest).days > OLDEST:
        return Verdict("not checked", f"too old: the newest advisory is of {newest}, more than {OLDEST} days ago")
    return Verdict("ok", f"{len(versions)} libraries, none in {len(known)} advisories up to {newest}")


def _advisories(copy: Path) -> Iterator[dict[str, Any]]:
    """Advisories about Python libraries that stand. Raises OSError and ValueError."""
    for text in _files(copy):
        one = json.loads(text)
        about = {affected["package"]["ecosystem"] for affected in one.get("affected", ()) if "package" in affected}
        if "PyPI" in about and "withdrawn" not in one:
            yield one


def _files(copy: Path) -> Iterator[bytes]:
    if copy.is_dir():
        yield from (path.read_bytes() for path in sorted(copy.rglob("*.json")))
    else:
        with zipfile.ZipFile(copy) as packed:
            yield from (packed.read(name) for name in sorted(packed.namelist()) if name.endswith(".json"))


def _day(moment: str) -> date:
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone(UTC).date()


def _hits(advisory: Mapping[str, Any], versions: Mapping[str, str]) -> Iterator[Affected]:
    for part in advisory["affected"]:
        package = part.get("package", {})
        name = canonicalize_name(package.get("name", ""))
        version = versions.get(name)
        if package.get("ecosystem") == "PyPI" and version and _is_in(version, part):
            yield Affected(name, version, advisory["id"], advisory.get("summary", ""))
            return


def _is_in(version: str, part: Mapping[str, Any]) -> bool:
    if version in part.get("versions", ()):
        return True
    try:
        mine = Version(version)
        spans = [span["events"] for span in part.get("ranges", ()) if span["type"] == "ECOSYSTEM"]
        return any(_is_between(mine, events) for events in spans)
    except InvalidVersion:
        return True  # what cannot be compared is looked at by a person


def _is_between(mine: Version, events: list[dict[str, str]]) -> bool:
    """Events of a range: `introduced` opens it, `fixed` closes it before, `last_affected` after that version."""
    is_inside = False
    for event in sorted(events, key=_order):
        (kind, word), *_ = event.items()
        at = _version(word)
        if kind == "introduced" and mine >= at:
            is_inside = True
        elif (kind == "fixed" and mine >= at) or (kind == "last_affected" and mine > at):
            is_inside = False
    return is_inside


def _order(event: Mapping[str, str]) -> tuple[Version, bool]:
    (kind, word), *_ = event.items()
    return _version(word), kind != "introduced"


def _version(word: str) -> Version:
    return Version("0.dev0" if word == "0" else word)
