"""A register of generated persons, written past the actions: what search reads, and no more of each person.

Keys and rows are those that tongxing.linkage makes; rows go in by COPY as the administrator, because COPY does not go
through row policies. A filled register is kept under the system's temporary folder and copied by the next run.
Populations: `demo`, the families of the demonstration, over all centres; those of bench/populations, all at one centre,
so that every record is a candidate of every search.
"""

import datetime
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg

import tongxing
from bench.common.house import ROOT, administrator, copied, folder, house, say
from tongxing.config.cluster import installed_binaries, major_version
from tongxing.config.demo.population import Registration, families
from tongxing.config.state import State
from tongxing.core.dates import PartialDate
from tongxing.linkage import keys, normaliser
from tongxing.linkage.cells import given_names, parts
from tongxing.linkage.dates import read_date
from tongxing.linkage.details import COLUMNS, Details, Name

HOUSE = Path(__file__).resolve().parents[2]
SEED = 20261121
HELD = 1000  # second registrations kept out of the register, to be looked for
CHUNK = 20_000  # persons copied at once
AS_OF = datetime.date(2026, 11, 21)
FIRST = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)
LONG = datetime.date(2099, 1, 1)
COLUMNS_OF = {
    "registry_household": ("id", "centre_id"),
    "registry_person": (
        *("id", "number", "centre_id", "household_id", "name", "sort_key", "sex", "birth_from", "birth_precision"),
        *("registered_at", "registered_by_id"),
        *("surname", "spoken", "birth_said", "hukou", "languages", "needs_interpreter", "is_location_locked"),
    ),
    "registry_consent": (
        *("id", "person_id", "centre_id", "purpose", "decision", "text_edition", "language", "decided_by_whom"),
        *("decider_name", "relation", "read_by", "assent", "valid_until", "decided_at", "recorded_by_id"),
    ),
    "registry_searchrow": ("id", "person_id", "centre_id", *COLUMNS),
    "registry_searchkey": ("id", "k", "tag", "person_id", "centre_id"),
}


@dataclass(frozen=True)
class Held:
    """What is looked for and not in the register, and the records that it should lead to: none for somebody unknown."""

    details: Details
    persons: tuple[str, ...]
    centre: str
    script: str = ""
    relatives: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Told:
    """One record of a population: whose it is, of which family, at which place; held out of the register or not."""

    family: int
    person: int
    details: Details
    is_held: bool
    place: int = 0
    script: str = ""


def details_of(said: Registration) -> Details:
    """What a desk knows after hearing this."""
    names = (Name(said.name), *(Name(text, kind) for text, kind in said.other_names))
    guardians = (said.guardian.name,) if said.guardian else ()
    return Details(names, said.sex, said.birth, said.origin, guardians, said.phones, said.documents)


def identifier(table: int, number: int) -> str:
    """Rising ids, so that the primary keys grow at their end as those of uuid7 do."""
    return f"0199{table:04x}-0000-7000-8000-{number:012x}"


def told_by(population: str, persons: int) -> Iterator[Told]:
    """The records of a population, about `persons` of them not held out."""
    return _families(persons) if population == "demo" else _records(population, persons)


def _families(persons: int) -> Iterator[Told]:
    """The second sayings of some are held out."""
    stored, every = 0, max(1, int(persons * 0.15 / HELD))
    for family in families(persons, SEED):
        for child in family.children:
            for place, said in enumerate(child.registrations):
                is_held = place == 1 and child.truth % every == 0
                stored += not is_held
                yield Told(family.number, child.truth, details_of(said), is_held, said.centre)
        if stored >= persons:
            return


def _records(population: str, size: int) -> Iterator[Told]:
    """Held out: the last record of some who have several, and all records of some others, who are then unknown."""
    from bench.populations import population as made

    found = made(population, size)
    whose = found.truth["person"].to_pylist()
    left = Counter(whose)
    several = sorted(person for person, count in left.items() if count > 1)
    known = set(several[:: max(1, len(several) // HELD)])
    unknown = set(sorted(set(whose) - known)[:: max(1, len(left) // (HELD // 4))])
    columns = zip(found.records.to_pylist(), whose, *(found.truth[c].to_pylist() for c in ("household", "script")),
                  strict=True)  # fmt: skip
    for record, person, household, script in columns:
        left[person] -= 1
        is_held = person in unknown or (person in known and left[person] == 0)
        if is_held and person in unknown and left[person]:
            continue
        yield Told(household, person, as_read(record), is_held, 0, script)


def as_read(record: dict[str, str]) -> Details:
    """What a desk would type of one record of a list."""
    born = read_date(record["birth_date"], AS_OF).date
    return Details(
        names=[Name(text) for text in given_names(record["name"])],
        sex=record["sex"],
        birth=PartialDate.of(born.first, born.precision) if born else None,
        origin_division=record["origin_division"],
        guardian_names=given_names(record["guardian_name"]),
        phones=parts(record["phone"]),
        documents=parts(record["id_number"]),
    )


@contextmanager
def filled(persons: int, population: str = "demo", **settings: str) -> Iterator[tuple[State, list[Held]]]:
    """A running house over a register of about `persons` records, and what to look for in it."""
    kept = _kept(persons, population)
    if not (kept / "held.json").exists():
        _fill(kept, persons, population)
    with folder() as made:
        copied(kept, made)
        with house(made, **settings) as state:
            _bring_up_to_date(state)
            yield state, [_read(line) for line in json.loads((made / "held.json").read_text())]


def _kept(persons: int, population: str) -> Path:
    """Where the register of these parameters and of this code of keys, tables and people is kept."""
    home = Path(tempfile.gettempdir()) / f"tongxing-bench-{os.geteuid()}"
    home.mkdir(mode=0o711 if ROOT else 0o700, exist_ok=True)
    if home.lstat().st_uid != os.geteuid():
        raise SystemExit(f"{home} belongs to somebody else. Remove it, or choose another place with TMPDIR.")
    program = Path(tongxing.__file__).parent
    code = hashlib.sha256(Path(__file__).read_bytes())
    for pattern in ("linkage/**/*.py", "config/demo/*.py", "*/migrations/*.py"):
        for path in sorted(program.glob(pattern)):
            code.update(path.read_bytes())
    code.update(bytes([major_version(installed_binaries() / "postgres")]))
    for path in sorted((HOUSE / "bench" / "populations").iterdir()):
        code.update(path.read_bytes() if path.is_file() else b"")
    return home / f"register-{population}-{persons}-{code.hexdigest()[:12]}"


def _fill(kept: Path, persons: int, population: str) -> None:
    """In a process of its own: Django points at one house in its life."""
    say(f"Filling a register of {persons:,} persons; the next run finds it in {kept.parent}.")
    subprocess.run(
        [sys.executable, "-m", "bench.common.register", str(kept), str(persons), population], check=True, cwd=HOUSE
    )


def _bring_up_to_date(state: State) -> None:
    """The search function and weights of today's code over yesterday's register."""
    from tongxing.registry.installed import install_shipped

    folder = Path(tongxing.__file__).parent / "registry" / "sql"
    with psycopg.connect(**state.login("tx_owner"), autocommit=True) as owner:  # type: ignore[arg-type]
        for name in ("search.sql", "matching.sql"):
            owner.execute((folder / name).read_text(encoding="utf-8").encode())
    install_shipped()
    with administrator(state) as connection:
        connection.execute("checkpoint")


def _read(line: dict[str, Any]) -> Held:
    known = line["details"]
    names = tuple(Name(**name) for name in known.pop("names"))
    birth = PartialDate(**known.pop("birth")) if known["birth"] else known.pop("birth")
    return Held(
        Details(names, birth=birth, **known),
        tuple(line["persons"]),
        line["centre"],
        line["script"],
        frozenset(line["relatives"]),
    )


def _write(kept: Path, persons: int, population: str) -> None:
    began = time.monotonic()
    with folder() as made:
        with house(made, fsync="off", max_wal_size="4GB") as state:
            held = _written(state, persons, population)
        (made / "held.json").write_text(json.dumps(held, ensure_ascii=False))
        unfinished = kept.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o711 if ROOT else 0o700)
        copied(made, unfinished)
        for older in kept.parent.glob(
            f"register-{population}-{persons}-*"
        ):  # of another state of the code, a few gigabytes each
            if older != unfinished:
                shutil.rmtree(older)
        unfinished.rename(kept)
    say(f"Filled in {time.monotonic() - began:.0f} s.")


def _written(state: State, persons: int, population: str) -> list[dict[str, Any]]:
    """Fill the tables; what is held out comes back."""
    from tongxing.access.actions import create_user

    user = str(create_user(login="filler", name="filler (demonstration)", password=os.urandom(16).hex()).id)
    with administrator(state) as connection:
        places = "select id::text from organisations_centre where kind = 'community' order by area <> 'sending', slug"
        rows = Rows([centre for (centre,) in connection.execute(places)], user)
        definitions = connection.execute(
            "select indexname, indexdef from pg_indexes where tablename = 'registry_searchkey' and indexname !~ 'pkey'"
        ).fetchall()
        for name, _definition in definitions:
            connection.execute(f'drop index "{name}"')
        # No look-ups of foreign keys: what is pointed at is written in the same breath.
        connection.execute("set session_replication_role = replica")
        for told in told_by(population, persons):
            rows.take(told)
            if rows.persons % CHUNK == 0:
                rows.copy_to(connection)
        rows.copy_to(connection)
        for _name, definition in definitions:
            connection.execute(definition)
        connection.execute("vacuum (analyze)")
    return rows.looked_for()


class Rows:
    """Rows of the five tables, gathered and copied a chunk at a time; and what is held out."""

    def __init__(self, centres: list[str], user: str) -> None:
        self.centres, self.user = centres, user
        self.persons = self.lines = 0
        self.records: dict[int, list[tuple[str, str]]] = {}  # person -> (record, centre) in the register
        self.homes: dict[int, list[str]] = {}  # family -> records in the register
        self.families: set[int] = set()
        self.held: list[Told] = []
        self.waiting: dict[str, list[tuple[Any, ...]]] = {table: [] for table in COLUMNS_OF}

    def looked_for(self) -> list[dict[str, Any]]:
        """What is held out, with the records that it should lead to; unknown ones in between."""
        found = []
        for told in self.held:
            right = self.records.get(told.person, [])
            centre = right[0][1] if right else self.centres[told.place]
            persons = [record for record, _centre in right]
            relatives = sorted(set(self.homes.get(told.family, [])) - set(persons))
            known = {"details": _as_json(told.details), "persons": persons, "relatives": relatives}
            found.append(known | {"centre": centre, "script": told.script})
        return found

    def take(self, told: Told) -> None:
        if told.is_held:
            self.held.append(told)
            return
        details, family = told.details, told.family
        self.persons += 1
        person, centre = identifier(2, self.persons), self.centres[told.place]
        self.records.setdefault(told.person, []).append((person, centre))
        self.homes.setdefault(family, []).append(person)
        name = details.names[0].text if details.names else ""
        if family not in self.families:
            self.families.add(family)
            self.waiting["registry_household"].append((identifier(1, family), centre))
        born = details.birth
        self.waiting["registry_person"].append(
            (
                *(person, f"BENCH-{self.persons:07d}", centre, identifier(1, family), name, name, details.sex),
                *(born.first if born else None, born.precision if born else "", FIRST, self.user),
                *("", "", "", "", "[]", False, False),
            )
        )
        self.waiting["registry_consent"].append(
            (
                *(identifier(5, self.persons), person, centre, "linkage", "agreed", 1, "zh", "guardian"),
                *("", "", "desk", "", LONG, FIRST, self.user),
            )
        )
        features = normaliser.features(details)
        for row in features:
            self.lines += 1
            listed = (list(value) if isinstance(value, tuple) else value for value in asdict(row).values())
            self.waiting["registry_searchrow"].append((identifier(3, self.lines), person, centre, *listed))
        tag = keys.tag(features[0])
        for k in keys.stored_keys(features):
            self.lines += 1
            self.waiting["registry_searchkey"].append((identifier(4, self.lines), k, tag, person, centre))

    def copy_to(self, connection: psycopg.Connection[Any]) -> None:
        for table, columns in COLUMNS_OF.items():
            with connection.cursor() as cursor, cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:
                for row in self.waiting[table]:
                    copy.write_row(row)
            self.waiting[table].clear()


def _as_json(details: Details) -> dict[str, Any]:
    known = asdict(details)
    return known | {"birth": asdict(details.birth) if details.birth else None}


if __name__ == "__main__":
    _write(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
