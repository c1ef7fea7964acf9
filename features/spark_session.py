"""Spark on this machine. Way: settings of a laptop -> here -> frames, streams, tests.

A cluster brings its own session; everything here takes one from outside. What this file adds is a
small local one: two threads, no web page, bound to the loopback address, Python workers of the
running interpreter.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from core.errors import NotReadyError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SMALL = {
    "spark.master": "local[2]",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.catalogImplementation": "in-memory",
}

_ENDS_WITHIN_S = 30


def local_spark(changed: Mapping[str, str] = MappingProxyType({})) -> SparkSession:
    """Start Spark inside a JVM of this process, or return the one that runs.

    Args:
        changed: settings that differ from the small ones here (`spark.master`,
            `spark.driver.memory`, ...); those of a JVM have no effect once it runs.

    Raises:
        NotReadyError: pyspark or Java is missing.
    """
    require_spark()
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else workers are of another Python
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("evenhand")
    for key, value in {**_SMALL, **changed}.items():
        builder = builder.config(key, value)
    session: SparkSession = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def end_spark(session: SparkSession) -> None:
    """Stop Spark and wait for its JVM to end, which `.stop()` alone leaves running."""
    gateway: Any = session.sparkContext._gateway  # noqa: SLF001 - the only handle on the JVM
    session.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()  # the JVM ends when its input does
    try:
        gateway.proc.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:  # its work is done: what is left is only to go
        gateway.proc.kill()
        gateway.proc.wait()


def require_spark() -> None:
    """Say what is missing before a JVM is asked for.

    Raises:
        NotReadyError: pyspark or Java is missing.
    """
    try:
        import pyspark  # noqa: F401 - is it there?
    except ImportError as error:
        raise NotReadyError(
            "pyspark is not installed", expected="Spark 4", hint="pip install 'evenhand[spark]'"
        ) from error
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise NotReadyError(
            "no Java found", expected="Java 17 or later for Spark 4", hint="set JAVA_HOME"
        )
