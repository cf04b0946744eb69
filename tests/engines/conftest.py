"""One session of Spark for all tests of engines: a real master with two workers in processes of their own."""

from collections.abc import Iterator
from typing import Any

import pytest

from tongxing.facts.engines import on_spark

MASTER = "local-cluster[2,1,2048]"


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    pytest.importorskip("pyspark", reason="the extra spark is not installed")
    folder = tmp_path_factory.mktemp("spark")
    (folder / "spark-defaults.conf").write_text(
        f"spark.sql.shuffle.partitions 2\nspark.sql.warehouse.dir {folder}\nspark.worker.dir {folder}\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TONGXING_SPARK_MASTER", MASTER)
        patch.setenv("SPARK_CONF_DIR", str(folder))
        found = on_spark.backend().session
    yield found
    found.stop()
    on_spark._on.cache_clear()  # a stopped session answers nobody
