"""Made-up populations with a known truth, for measuring who is recognised as whom. Nobody in them exists.

A population is two tables. `records` has the columns of `tongxing link`; `truth` says of each record who it is.
Rates are in the YAML files beside this one, and are for measuring: nothing is trained on them (bench/worlds/).
Resident numbers have counties that exist and serials from 900 on, which are not given to the newborn; telephones
begin with 000. They belong to nobody, and stand in generated files only, never in the product.

python -m bench.populations NAME SIZE DIR [--seed N]      writes DIR/records.parquet and DIR/truth.parquet
"""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from ruamel.yaml import YAML

HERE = Path(__file__).parent
FIELDS = ("record_id", "name", "sex", "birth_date", "origin_division", "guardian_name", "phone", "id_number", "source")


@dataclass(frozen=True)
class Population:
    """records: FIELDS, all text, "" when not known, in random order. truth, in the same order:

    record_id    text
    person       int64, equal for records of one person and for nobody else
    household    int64
    kind         child | adult
    script       of the name in this record: han | pinyin | cyrillic | latin | arabic | tibetan | none
    source       as in records
    twin_of      int64, the person's twin, -1 for none
    parent       int64, the person's father or mother where that parent has records too, -1 for none
    namesake_of  int64, a relative of the same name (a father, a cousin), -1 for none
    """

    records: pa.Table
    truth: pa.Table

    def written(self, folder: Path) -> Path:
        """records.parquet and truth.parquet in `folder`, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(self.records, folder / "records.parquet", compression="zstd")
        pq.write_table(self.truth, folder / "truth.parquet", compression="zstd")
        return folder


@cache
def rates(name: str) -> dict[str, Any]:
    """The rates of NAME.yaml: shares from 0 to 1 unless a comment says otherwise."""
    return dict(YAML(typ="safe").load(HERE / f"{name}.yaml"))


def names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.yaml") if "maker:" in path.read_text(encoding="utf-8"))


def population(name: str, size: int, seed: int | None = None, **changed: Any) -> Population:
    """About `size` records of the population whose rates NAME.yaml has; the same seed gives the same tables."""
    known = rates(name) | changed
    maker = import_module(f"bench.populations.{known['maker']}")
    return maker.made(size, known, known["seed"] if seed is None else seed)
