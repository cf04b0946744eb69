"""Sealing and verifying the read log, beside a plain reading of the same rows.

python3 dev.py bench seal [--rows 1000000] [--json]

Fills the trace with generated notes (labelled `generated` in the purpose), seals them as tx_sealer, verifies, and
reads the same rows by COPY without hashing. Rows are written by one transaction a thousand.
Goal: verifying 10,000,000 rows within 60 s of processor time; with fewer rows the figure is what those would take.
"""

import time
from pathlib import Path

from bench.common.figures import Goal, Times, tell, words
from bench.common.house import administrator, folder, house, say

FILL = """
    insert into access_readnote (id, at, user_id, session_id, centre_id, role, kind, ids, purpose)
    select gen_random_uuid(), now() - interval '30 days' + n * interval '2 seconds', gen_random_uuid(),
           gen_random_uuid(), gen_random_uuid(), 'front_desk', 'person', jsonb_build_array(gen_random_uuid()), 'generated'
      from generate_series(1, %s) n"""
ALL = 10_000_000
LIMIT = 60.0


def main() -> None:
    parser = words(__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    with folder() as made, house(made) as state:
        with administrator(state) as connection:
            connection.execute("drop index readnote_ids")  # filling only; neither sealing nor verifying reads it
            for _ in range(0, asked.rows, 1000):
                connection.execute(FILL, [1000])
            connection.execute("vacuum analyze access_readnote")
        say(f"{asked.rows:,} rows")
        from django.db import connections, transaction

        from tongxing.audit import sealing, verifying

        start = time.perf_counter()
        sealed = sealing.seal()
        sealing_took = time.perf_counter() - start
        checks, busy, plain = Times(), Times(), Times()
        for _ in range(3):
            before = time.process_time()
            found = checks.run(lambda: verifying.verify(Path(made) / "roots"))
            busy.seconds.append(time.process_time() - before)
            assert found.is_intact and found.rows == sealed
            plain.run(lambda: _read(connections["sealer"], transaction, sealing))
    scale = ALL / sealed
    lines = [
        f"sealing {sealed:,} rows: {sealing_took:.1f} s, {sealed / sealing_took:,.0f} rows/s",
        f"verifying: {checks.median:.2f} s on the clock, {busy.median:.2f} s of the verifier's processor",
        f"reading the same rows without hashing: {plain.median:.2f} s; ratio {checks.median / plain.median:.2f}",
    ]
    goals = [Goal("10,000,000 rows, on the clock", checks.median * scale, LIMIT, "s")]
    tell(lines, goals, asked.json, rows=sealed, seal_s=round(sealing_took, 2), verify_s=round(checks.median, 2))


def _read(connection, transaction, sealing) -> int:
    with transaction.atomic(using="sealer"), connection.cursor() as cursor:
        return sum(1 for _ in sealing.read_rows(cursor, "access_readnote", 1, 0, 1 << 62))


if __name__ == "__main__":
    main()
