"""Stock Splink 5 over a list, in a process of its own: the opponent of the bench of identity.

python -m bench.common.stock RECORDS.parquet OUT numbers|sounds      writes OUT/pairs.parquet and OUT/took.json

Comparisons out of the library (JaroWinkler for names, its own birth dates, term frequencies), with what a careful
user adds: seven blocking rules that use the sound of names, EM on blocks that hold mostly true pairs (two
choices), clusters by Splink. The best threshold is chosen for it afterwards, by truth.
"""

import json
import logging
import resource
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import splink.comparison_library as cl
from pypinyin import lazy_pinyin
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

RULES = (
    ("id_number",),
    ("phone",),
    ("sound", "birth_year"),
    ("birth_date", "surname_sound"),
    ("sound", "origin_division"),
    ("guardian_name", "birth_year"),
    ("guardian_name", "sound"),
)
CERTAIN = (("id_number",), ("name", "birth_date"))
# Blocks in which most pairs are true; which of the two trains better depends on the list.
EM_BLOCKS = {
    "numbers": (("id_number",), ("name", "birth_date")),
    "sounds": (("name", "birth_date"), ("sound", "birth_year")),
}
LOWEST = -10  # match weight below which a pair is not kept
PAIRS_FOR_U = 1e7
THREADS = 2


def prepared(records: pa.Table) -> pa.Table:
    """Nulls for what is not known, and the columns that the rules block on."""
    with duckdb.connect() as connection:
        connection.register("records", records)
        names = connection.sql("select distinct name from records where name <> ''").fetchall()
        heard = [("".join(s), s[0]) for s in (lazy_pinyin(name.replace(" ", "").lower()) for (name,) in names)]
        sounds = {
            "name": [name for (name,) in names],
            "sound": [s for s, _ in heard],
            "surname_sound": [first for _, first in heard],
        }
        connection.register("sounds", pa.table(sounds))
        given = ", ".join(f"nullif({c}, '') as {c}" for c in records.column_names if c != "record_id")
        return connection.sql(
            f"""select record_id, {given}, nullif(substr(birth_date, 1, 4), '') as birth_year, sound, surname_sound
                from records left join sounds using (name)"""
        ).to_arrow_table()


def settings() -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        comparisons=[
            cl.JaroWinklerAtThresholds("name").configure(term_frequency_adjustments=True),
            cl.ExactMatch("sex"),
            cl.DateOfBirthComparison("birth_date", input_is_string=True),
            cl.ExactMatch("origin_division").configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("guardian_name").configure(term_frequency_adjustments=True),
            cl.ExactMatch("phone"),
            cl.ExactMatch("id_number"),
        ],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in RULES],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )


def linked(records: pa.Table, blocks: str) -> pa.Table:
    """Train, predict, cluster; pairs with their match weight."""
    connection = duckdb.connect(config={"threads": THREADS})
    api = DuckDBAPI(connection)
    linker = Linker(api.register(prepared(records)), settings())
    certain = [block_on(*rule) for rule in CERTAIN]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS_FOR_U, seed=1)
    for block in EM_BLOCKS[blocks]:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*block))
    pairs = linker.inference.predict(threshold_match_weight=LOWEST)
    linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=0.95)
    return connection.sql(
        f"""select record_id_l as "left", record_id_r as "right", match_weight as weight
            from {pairs.physical_name}"""
    ).to_arrow_table()


def main() -> None:
    logging.getLogger("splink").setLevel(logging.ERROR)
    source, out, blocks = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    pairs = linked(pq.read_table(source), blocks)
    took = {"seconds": time.monotonic() - began}
    pq.write_table(pairs, out / "pairs.parquet")
    took["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (out / "took.json").write_text(json.dumps(took))


if __name__ == "__main__":
    main()
