"""Where a list is linked: DuckDB in this process, or Spark. Both run the same keys and the same model through Splink."""

import logging
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker

from tongxing.linkage.predicates import DUCKDB, SPARK, Dialect
from tongxing.linkage.scoring import Model
from tongxing.linkage.splink_model import settings


class InDuckDB:
    """One in-memory database for one list; `close` frees it."""

    hash, unfold, keys_at_once = "hash", "unnest", 1
    dialect: Dialect = DUCKDB

    def __init__(self, memory: str = "1200MB", threads: int = 2) -> None:
        # What does not fit goes to a folder of the owner alone, not to where the command happens to be typed.
        self.overflow = TemporaryDirectory(prefix="tongxing-")
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads, "memory_limit": memory, "temp_directory": self.overflow.name,
        }  # fmt: skip
        self.connection = duckdb.connect(config=config)
        self.connection.execute("set preserve_insertion_order = false")
        self.api = DuckDBAPI(self.connection)

    def load(self, name: str, table: pa.Table) -> None:
        """Copies an Arrow table in, so that the caller can let go of it."""
        self.connection.register("loading", table)
        self.connection.execute(f"create table {name} as select * from loading")
        self.connection.unregister("loading")

    def keep(self, name: str, query: str) -> None:
        self.connection.execute(f"create or replace table {name} as {query}")

    def drop(self, name: str) -> None:
        self.connection.execute(f"drop table if exists {name}")

    def read(self, query: str) -> pa.Table:
        return self.connection.sql(query).to_arrow_table()

    def predicted(self, model: Model, rows: str, pairs: str, prior: float, least: float | None) -> str:
        """The name of a table with Splink's weight, probability and levels of the pairs of at least that weight."""
        return _predicted(self, model, rows, pairs, prior, least)

    def close(self) -> None:
        self.connection.close()
        self.overflow.cleanup()


# Levels stand on levels: a plan that repeats what a column is made of, to reason about it, fills the driver's memory.
_PLANS = {
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.CollapseProject",
}


class InSpark:
    """A session on any master. Tables are views of what is computed once and kept: a plan must not grow with each step."""

    hash, unfold, keys_at_once = "xxhash64", "explode", 100
    dialect: Dialect = SPARK

    def __init__(self, session: Any) -> None:
        from splink import SparkAPI

        self.session = session
        for name, value in _PLANS.items():
            session.conf.set(name, value)
        self.api = SparkAPI(spark_session=session, break_lineage_method="persist", register_udfs_automatically=False)

    def load(self, name: str, table: pa.Table) -> None:
        self._keep(name, self.session.createDataFrame(table))

    def keep(self, name: str, query: str) -> None:
        self._keep(name, self.session.sql(query))

    def _keep(self, name: str, frame: Any) -> None:
        frame.persist().createOrReplaceTempView(name)

    def drop(self, name: str) -> None:
        self.session.catalog.dropTempView(name)

    def read(self, query: str) -> pa.Table:
        return self.session.sql(query).toArrow()

    def predicted(self, model: Model, rows: str, pairs: str, prior: float, least: float | None) -> str:
        """As `InDuckDB.predicted`; the weakest are left out afterwards: a filter on a weight repeats all that it is made of."""
        found = _predicted(self, model, rows, pairs, prior, None)
        if least is not None:
            self.session.table(found).where(f"match_weight >= {least}").createOrReplaceTempView(found)
        return found


def _predicted(engine: Any, model: Model, rows: str, pairs: str, prior: float, least: float | None) -> str:
    logging.getLogger("splink").setLevel(logging.ERROR)
    source = engine.api.register(rows)
    linker = Linker(source, settings(model, engine.dialect, prior), log_level=None, validate_settings=False)
    linker.table_management.register_blocked_pairs_for_predict(engine.api.register(pairs))
    found = linker.inference.predict(threshold_match_weight=least, warning_mode="never")
    return str(found.physical_name)
