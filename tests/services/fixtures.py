"""Genuine servers as fixtures. Way: tests/conftest.py loads this -> here -> a test asks by name.

A server starts when the first test of a worker asks for it and ends with the session. Tests share
it: take your own key prefix, schema or topic. What is missing on this machine skips the test, with
the command that helps; with EVENHAND_REQUIRE_SERVICES=1 it fails the test.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.services.kafka_broker import KafkaBroker
from tests.services.postgres_server import postgres_server
from tests.services.redis_server import redis_server


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`redis://127.0.0.1:<port>/0` of a genuine Redis with 64 databases."""
    server = redis_server(tmp_path_factory.mktemp("redis"))
    with server.running():
        yield f"redis://127.0.0.1:{server.port}/0"


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """A genuine Kafka; a test that stops or kills it starts it again before it ends."""
    broker = KafkaBroker(tmp_path_factory.mktemp("kafka"))
    with broker.running():
        yield broker


@pytest.fixture(scope="session")
def kafka_bootstrap(kafka_broker: KafkaBroker) -> str:
    """`127.0.0.1:<port>` of the genuine Kafka; topics must be made before they are written to."""
    return kafka_broker.bootstrap


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """`postgresql://` of a genuine PostgreSQL's database `evenhand`, shared by the session."""
    with tempfile.TemporaryDirectory(prefix="evenhand-postgres-") as folder:
        server = postgres_server(Path(folder))
        with server.running():
            address = f"postgresql://evenhand@127.0.0.1:{server.port}"
            with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE evenhand")
            yield f"{address}/evenhand"


@pytest.fixture
def fresh_postgres_url(postgres_url: str) -> Iterator[str]:
    """The same server with an empty database of the test's own."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield postgres_url.rsplit("/", 1)[0] + f"/{name}"
        connection.execute(sql.SQL("DROP DATABASE {} (FORCE)").format(sql.Identifier(name)))
