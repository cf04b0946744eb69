"""DuckDB, within this process: the default."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ibis
import pyarrow as pa

from tongxing.facts.engines.columnar import completed, evaluate, tabulate
from tongxing.facts.engines.tables import Data, Tables

__all__ = ["beside", "evaluate", "opened", "tabulate"]


def connected() -> Any:
    """A fresh connection that reaches for nothing outside: no extensions, no network."""
    engine = ibis.duckdb.connect(autoinstall_known_extensions=False, autoload_known_extensions=False)
    engine.raw_sql("create temp macro get_json_object(document, path) as json_extract_string(document, path)")
    return engine


@contextmanager
def opened(facts: Data, identities: Data, places: Data) -> Iterator[Tables]:
    """The tables on a fresh connection."""
    engine = connected()
    try:
        yield Tables(engine, _table(engine, facts), _table(engine, identities), _table(engine, places), "duckdb")
    finally:
        engine.disconnect()


def beside(engine: Any, rows: pa.Table) -> ibis.Table:
    return ibis.memtable(rows)


def _table(engine: Any, data: Data) -> ibis.Table:
    tail = None if data.rows is None else ibis.memtable(data.rows)
    if not data.files:
        return tail if tail is not None else ibis.memtable(data.schema.empty_table())
    names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in data.files)
    # The schema is told, so that the engine need not open the files to learn it.
    columns = data.columns or data.schema
    files = engine.sql(
        f"select {', '.join(columns.names)} from read_parquet([{names}])",  # noqa: S608  paths of our own, quoted
        schema=ibis.Schema.from_pyarrow(columns),
        dialect="duckdb",
    )
    files = completed(files, data)
    return files if tail is None else files.union(tail)
