"""Triggers that refuse what a log never does. Way: create -> here -> the database.

Entries and checkpoints are never changed or removed; a head is never removed and only moves on.
SQLite replaces a row without asking the triggers of DELETE, so there a twin is refused on its way
in. Who owns the database can drop a trigger: what he does then is found by `verify`.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.engine import Connection

from core.audit.tables import CHECKPOINT, ENTRY, HEAD

KEPT = (ENTRY.name, CHECKPOINT.name)
_ONWARDS = "NEW.chain = OLD.chain AND NEW.seq > OLD.seq"


def guard(connection: Connection) -> None:
    """Make the triggers, where they are not there."""
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in _sqlite() if is_sqlite else _postgres():
        connection.exec_driver_sql(statement)


def missing_guards(connection: Connection) -> list[str]:
    """Return the triggers that should be there and are not."""
    is_sqlite = connection.dialect.name == "sqlite"
    statements = _sqlite() if is_sqlite else _postgres()
    names = {s.split("TRIGGER ")[1].removeprefix("IF NOT EXISTS ").split()[0]
             for s in statements if "TRIGGER " in s}  # fmt: skip
    asked = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'" if is_sqlite
        else "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
    )  # fmt: skip
    return sorted(names - set(connection.execute(text(asked)).scalars()))


def _sqlite() -> Iterator[str]:
    for table in (*KEPT, HEAD.name):
        twin = "chain = NEW.chain" + ("" if table == HEAD.name else " AND seq = NEW.seq")
        yield _refusal(
            table, "twin", f"INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {twin})"
        )
        yield _refusal(table, "delete", f"DELETE ON {table}")
        when = f" WHEN NOT ({_ONWARDS})" if table == HEAD.name else ""
        yield _refusal(table, "update", f"UPDATE ON {table}{when}")


def _refusal(table: str, name: str, event: str) -> str:
    return (
        f"CREATE TRIGGER IF NOT EXISTS {table}_keeps_on_{name} BEFORE {event} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _postgres() -> Iterator[str]:
    for table in (*KEPT, HEAD.name):
        yield (
            f"CREATE OR REPLACE FUNCTION {table}_keeps() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
        )
        refused = "DELETE OR TRUNCATE" if table == HEAD.name else "UPDATE OR DELETE OR TRUNCATE"
        yield (
            f"CREATE OR REPLACE TRIGGER {table}_keeps BEFORE {refused} ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_keeps()"
        )
    yield (
        f"CREATE OR REPLACE TRIGGER {HEAD.name}_moves_on BEFORE UPDATE ON {HEAD.name} "
        f"FOR EACH ROW WHEN (NOT ({_ONWARDS})) EXECUTE FUNCTION {HEAD.name}_keeps()"
    )
