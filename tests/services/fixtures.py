"""Genuine servers as fixtures. Way: tests/conftest.py loads this -> here -> a test asks by name.

A server starts when the first test of a worker asks for it and ends with the session. Tests share
it: take your own key prefix, schema or topic. What is missing on this machine skips the test, with
the command that helps; with EVENHAND_REQUIRE_SERVICES=1 it fails the test.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.kafka_broker import KafkaBroker
from tests.services.redis_server import redis_server


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`redis://127.0.0.1:<port>/0` of a genuine Redis with 64 databases."""
    server = redis_server(tmp_path_factory.mktemp("redis"))
    server.start()
    yield f"redis://127.0.0.1:{server.port}/0"
    server.stop()


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """A genuine Kafka; a test that stops or kills it starts it again before it ends."""
    broker = KafkaBroker(tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def kafka_bootstrap(kafka_broker: KafkaBroker) -> str:
    """`127.0.0.1:<port>` of the genuine Kafka; topics must be made before they are written to."""
    return kafka_broker.bootstrap
