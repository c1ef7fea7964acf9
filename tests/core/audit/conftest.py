"""A database with a log, of each kind, new for every test. Way: create -> here -> the tests."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.core.audit.logs import new_log

KINDS = ("sqlite", "postgres")


@pytest.fixture(scope="session")
def log_template(postgres_url: str) -> str:
    """The name of a database with an empty log, to be copied and never written to."""
    name = f"log_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    new_log(postgres_url.rsplit("/", 1)[0] + f"/{name}")
    return name


@pytest.fixture
def postgres_log_url(postgres_url: str, log_template: str) -> Iterator[str]:
    """The address of an empty log in PostgreSQL."""
    name = f"log_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {log_template}".encode())
        yield postgres_url.rsplit("/", 1)[0] + f"/{name}"
        connection.execute(f"DROP DATABASE {name} (FORCE)".encode())


@pytest.fixture
def sqlite_log_url(tmp_path: Path) -> str:
    """The address of an empty log in a file."""
    return new_log(f"sqlite:///{tmp_path / 'log.sqlite'}")


@pytest.fixture(params=KINDS)
def log_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty log, of each kind in turn."""
    return str(request.getfixturevalue(f"{request.param}_log_url"))
