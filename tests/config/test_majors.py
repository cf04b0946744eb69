"""Data of PostgreSQL 15 come into a cluster of today with every row equal; what does not fit is refused first."""

import os
from pathlib import Path

import psycopg
import pytest

from tests.faults.serving import own_folder
from tongxing.config import majors
from tongxing.config.backups import rows
from tongxing.config.cluster import FORGETFUL, Cluster
from tongxing.config.provision import provision
from tongxing.config.state import Refused, State

OLD = Path(os.environ.get("TONGXING_OLD_PG", "/usr/lib/postgresql/15/bin"))

TABLES = """
set role tx_owner;
create table child (id uuid primary key default gen_random_uuid(), name text, born date, share float8, at timestamptz,
                    kept bytea, said jsonb, ended xid8, number bigserial);
alter table child enable row level security;
alter table child force row level security;
create policy owner on child to tx_owner using (true) with check (true);
create policy nobody on child to tx_app using (false);
insert into child (name, born, share, at, kept, said, ended)
    select '林 ' || n, date '2016-02-29' + n, n / 7.0, timestamptz '2026-03-01 12:00+08' + n * interval '1 h',
           decode(md5(n::text), 'hex'), jsonb_build_object('n', n), pg_current_xact_id()
    from generate_series(1, 2000) n;
grant select on child to tx_app;
reset role;
"""


@pytest.mark.skipif(not (OLD / "postgres").exists(), reason="no programs of PostgreSQL 15 (Debian: postgresql-15)")
def test_every_row_of_an_older_major_version_comes_over() -> None:
    with own_folder() as folder:
        state = State(folder)
        before = Cluster(state, settings=FORGETFUL, programs=OLD)
        before.start()
        try:
            provision(state)
            with psycopg.connect(**state.administrator(state.database_name)) as connection:
                connection.execute(TABLES)
                connection.commit()
                known = rows.hashes(connection)
        finally:
            before.stop()
        count, kept = majors.move(state, OLD)
        assert (count, kept.name) == (2000, "postgres.15")
        assert (folder / "postgres" / "PG_VERSION").read_text().strip() == str(Cluster(state).major)
        assert not (folder / "major.unfinished").exists()
        after = Cluster(state, settings=FORGETFUL)
        after.start()
        try:
            with psycopg.connect(**state.administrator(state.database_name)) as connection:
                assert rows.hashes(connection) == known
                # Facts are exported by the number of their transaction: none may be given out twice.
                [(above,)] = connection.execute(
                    "select pg_current_xact_id() > (select max(ended) from child)"
                ).fetchall()
                assert above
                assert connection.execute("select nextval('child_number_seq')").fetchone() == (2001,)
            with psycopg.connect(**state.login("tx_app")) as connection:
                assert connection.execute("select count(*) from child").fetchone() == (0,)  # the wall came along
        finally:
            after.stop()
        with pytest.raises(Refused, match="already"):
            majors.move(state, OLD)


def test_without_the_old_programs_nothing_is_touched() -> None:
    with own_folder() as folder:
        (folder / "postgres").mkdir()
        (folder / "postgres" / "PG_VERSION").write_text("14\n")
        for programs in (folder, OLD):
            with pytest.raises(Refused, match="PostgreSQL 14"):
                majors.move(State(folder), programs)
        assert os.listdir(folder / "postgres") == ["PG_VERSION"]
