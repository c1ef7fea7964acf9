"""A ledger's database of each kind, new for every test. Way: migrations -> here -> the tests."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.ledger.backend import LedgerBackend
from core.ledger.migrate import migrate
from core.ledger.open_ledger import open_backend
from tests.core.ledger.desks import new_ledger_file

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def ledger_template(postgres_url: str) -> str:
    """The name of a migrated database, to be copied and never written to."""
    name = f"ledger_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    migrate(postgres_url.rsplit("/", 1)[0] + f"/{name}")
    return name


@pytest.fixture(params=KINDS)
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty ledger, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{new_ledger_file(tmp_path / 'ledger.sqlite')}"
        return
    yield request.getfixturevalue("postgres_ledger_url")


@pytest.fixture
def postgres_ledger_url(postgres_url: str, ledger_template: str) -> Iterator[str]:
    """The address of an empty ledger in PostgreSQL."""
    name = f"ledger_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {ledger_template}".encode())
        yield postgres_url.rsplit("/", 1)[0] + f"/{name}"
        connection.execute(f"DROP DATABASE {name} (FORCE)".encode())


@pytest.fixture
def ledger_backend(ledger_url: str) -> Iterator[LedgerBackend]:
    """An empty ledger, of each kind in turn."""
    backend = open_backend(ledger_url)
    yield backend
    backend.close()
