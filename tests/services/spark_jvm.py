"""One Spark for the length of a test session. Way: tests/conftest.py loads this -> here -> a test.

It is started for many small questions, not for throughput: the JVM's first compiler and its
simplest collector, one partition a shuffle, plans as they are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import NotReadyError
from features.spark_session import end_spark, local_spark
from tests.services.server import missing


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A running SparkSession; its own views and settings stay as they are."""
    folder = tmp_path_factory.mktemp("spark")
    try:
        session = local_spark(_settings(folder))
    except NotReadyError as error:
        missing(error.met, error.hint)
    yield session
    end_spark(session)


def _settings(folder: Path) -> dict[str, str]:
    root = Path(__file__).resolve().parents[2].as_posix()
    return {
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.executorEnv.PYTHONPATH": ":".join([root, *sys.path[1:]]),
        "spark.local.dir": (folder / "scratch").as_posix(),
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": (folder / "tables").as_posix(),
    }
