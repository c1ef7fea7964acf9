"""A Kafka and a Redis of our own, for as long as a benchmark runs. Way: tests/services -> here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import NotReadyError


@contextmanager
def kafka(folder: Path) -> Iterator[str]:
    """Run a broker; yields `host:port`.

    Raises:
        NotReadyError: its jars, Java or the tests' own tools are missing.
    """
    import pytest

    from tests.services.kafka_broker import KafkaBroker

    folder.mkdir()
    try:
        broker = KafkaBroker(folder)
    except pytest.skip.Exception as reason:
        raise NotReadyError(str(reason)) from reason
    with broker.running():
        yield broker.bootstrap


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Run a Redis; yields its address.

    Raises:
        NotReadyError: there is no redis-server.
    """
    import pytest

    from tests.services.redis_server import redis_server

    folder.mkdir()
    try:
        server = redis_server(folder)
    except pytest.skip.Exception as reason:
        raise NotReadyError(str(reason)) from reason
    with server.running():
        yield f"redis://127.0.0.1:{server.port}/0"
