"""What is counted, before and after an engine has it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tongxing.facts import store
from tongxing.linkage.draws import Quality

SCHEMAS = {"facts": store.FACT, "identities": store.IDENTITY, "places": store.PLACE}
# What a fact is taken to be where its file has no such column; every other absent column is empty.
ABSENT: dict[str, Any] = {"quantity": 1, "attributes": "{}", "programme": "", "sex": ""}


@dataclass(frozen=True)
class Data:
    """Rows of one schema: Parquet files and rows beside them.

    `columns` are those of the files where they are not ours; what they lack is filled as `ABSENT` says.
    """

    schema: pa.Schema
    files: tuple[Path, ...] = ()
    rows: pa.Table | None = None
    columns: pa.Schema | None = None

    @classmethod
    def none(cls, name: str) -> "Data":
        """Nothing of the schema `facts`, `identities` or `places`."""
        return cls(SCHEMAS[name], rows=SCHEMAS[name].empty_table())

    def counted(self) -> int:
        """How many rows there are, read from the footers of the files."""
        beside = self.rows.num_rows if self.rows is not None else 0
        return sum((int(pq.read_metadata(path).num_rows) for path in self.files), int(beside))


@dataclass(frozen=True)
class Ties:
    """How sure the links are: `rows` as `store.TIE`, each pair once, and what is known of their probabilities."""

    rows: pa.Table = field(default_factory=store.TIE.empty_table)
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class Tables:
    """One engine and the tables on it: facts, identity links, sites of centres.

    `facts`, `identities` and `places` are Ibis tables of the backend `engine`; in plain Python they are Arrow tables.
    """

    engine: Any
    facts: Any
    identities: Any
    places: Any
    name: str = "duckdb"
    ties: Ties = field(default_factory=Ties)

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        """All rows at once: DuckDB 2 refuses further work on a connection with an unread result."""
        found: list[dict[str, Any]] = self.engine.to_pyarrow(expression).to_pylist()
        return found
