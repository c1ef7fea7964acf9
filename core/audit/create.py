"""Makes a log in a database. Way: a migration, stores of AML and KYC -> here -> the database."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.engine import Connection

from core.audit.guards import guard
from core.audit.postgres_function import make_function
from core.audit.tables import METADATA


class Operations(Protocol):
    """What is asked of Alembic's `op`."""

    def get_bind(self) -> Connection:
        """Return the connection of the migration."""
        ...


def create(connection: Connection) -> None:
    """Make tables, triggers and, in PostgreSQL, `audit_append`; what is there stays."""
    METADATA.create_all(connection)
    guard(connection)
    if connection.dialect.name == "postgresql":
        make_function(connection)


def upgrade(op: Operations) -> None:
    """Make a log within a migration."""
    create(op.get_bind())
