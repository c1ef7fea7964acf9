"""PostgreSQL: loading and writing in one question each, and legs that must sum to zero.

The functions are plpgsql and volatile: each statement in them sees what others had committed when
the locks of the one before it were had. SQLite has none of this: it is asked in the same process,
its writer is alone, and its triggers see one row at a time.

`ledger_load(wanted)` locks wallets in order of their players, then references in the order given,
and returns a JSON object of table -> rows; `ids` are first numbers of blocks of fresh ids.
`ledger_write(fresh, changed)` inserts, and puts changed rows in their places; both are JSON objects
of table -> rows, in the order in which all writers write.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"
branch_labels, depends_on = None, None

IDS_A_BLOCK = 16
STATES = (
    "wallet", "account", "bet", "round", "bonus", "hold", "payment", "game_session",
)  # fmt: skip
WRITTEN = (
    "wallet", "account", "movement", "leg", "bet", "tombstone", "round", "bonus", "hold", "payment",
    "game_session", "answer", "outgoing",
)  # fmt: skip
OF_PLAYERS = ("account", "bonus", "hold", "payment")


Columns = dict[str, dict[str, sa.types.TypeEngine[Any]]]


def upgrade() -> None:
    """Make the functions, the trigger, and the ids' sequence a sequence of blocks."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"ALTER SEQUENCE ledger_ids INCREMENT BY {IDS_A_BLOCK}")
    make_functions()
    _make("leg_sums_to_zero() RETURNS trigger", "", _SUMS)
    op.execute(
        "CREATE TRIGGER leg_sums_to_zero AFTER INSERT ON leg REFERENCING NEW TABLE AS fresh "
        "FOR EACH STATEMENT EXECUTE FUNCTION leg_sums_to_zero()"
    )


def make_functions() -> None:
    """Make the functions for the tables as they are now; a later version with other columns too."""
    inspector = sa.inspect(op.get_bind())
    keys = {t: inspector.get_pk_constraint(t)["constrained_columns"] for t in WRITTEN}
    columns = {t: {c["name"]: c["type"] for c in inspector.get_columns(t)} for t in WRITTEN}
    _make(
        "ledger_load(wanted jsonb) RETURNS text",
        "found text; ids bigint[] := '{}';",
        _load(keys, columns),
    )
    _make("ledger_write(fresh jsonb, changed jsonb) RETURNS void", "", _write(keys, columns))


def _make(head: str, declared: str, steps: Iterable[str]) -> None:
    body = "\n".join(f"  {step}" for step in steps)
    declare = f"DECLARE {declared}\n" if declared else ""
    head = f"CREATE OR REPLACE FUNCTION {head} LANGUAGE plpgsql VOLATILE"
    op.get_bind().exec_driver_sql(f"{head} AS $$\n{declare}BEGIN\n{body}\nEND $$")


_SUMS = (
    "IF EXISTS (SELECT FROM fresh GROUP BY movement_id, currency HAVING sum(amount) <> 0) THEN",
    "  RAISE EXCEPTION 'legs of a movement do not sum to zero';",
    "END IF;",
    "RETURN NULL;",
)
_PLAYERS = "jsonb_array_elements_text(wanted->'players') k(player)"


def _load(keys: dict[str, list[str]], columns: Columns) -> Iterable[str]:
    locked = f"SELECT t.* FROM {_PLAYERS} JOIN wallet t USING (player) ORDER BY player FOR UPDATE"
    yield f"SELECT json_agg(t)::text INTO found FROM ({locked} OF t) t;"
    yield "found := '{\"wallet_of_players\":' || coalesce(found, '[]');"
    # conditions without a query of their own are plpgsql's cheapest way to call a function
    yield "FOR place IN 0 .. coalesce(jsonb_array_length(wanted->'references'), 0) - 1 LOOP"
    yield "  IF pg_advisory_xact_lock((wanted->'references'->>place)::bigint) IS NULL THEN END IF;"
    yield "END LOOP;"
    yield "FOR place IN 1 .. (wanted->>'blocks')::int LOOP"
    yield "  ids := ids || nextval('ledger_ids');"
    yield "END LOOP;"
    yield "found := found || ',\"ids\":' || array_to_json(ids)::text;"
    for table in WRITTEN:
        key = keys[table][:2] if table == "account" else keys[table]
        met = (f"t.{name} = {_said(place, columns[table][name])}" for place, name in enumerate(key))
        listed = f"jsonb_array_elements(wanted->'{table}') k(key) JOIN {table} t ON "
        yield from _found(table, table, listed + " AND ".join(met))
    for table in OF_PLAYERS:
        listed = f"{_PLAYERS} JOIN {table} t USING (player)"
        listed += " WHERE t.state = 'active'" if "state" in columns[table] else ""
        yield from _found(f"{table}_of_players", f"{table}_of_players", listed)
    yield "RETURN found || '}';"


def _said(place: int, kind: sa.types.TypeEngine[Any]) -> str:
    return f"(k.key->>{place})" + ("::bigint" if isinstance(kind, sa.BigInteger) else "")


def _found(asked: str, table: str, listed: str) -> Iterable[str]:
    yield f"IF wanted ? '{asked}' THEN"
    yield f"  found := found || coalesce((SELECT ',\"{table}\":' || json_agg(t)::text"
    yield f"    FROM {listed}), '');"
    yield "END IF;"


def _write(keys: dict[str, list[str]], columns: Columns) -> Iterable[str]:
    for table in WRITTEN:
        names = ", ".join(keys[table])
        said = f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, "
        yield f"IF fresh ? '{table}' THEN"
        yield f"  {said}fresh->'{table}');"
        yield "END IF;"
        if table in STATES:
            rest = [name for name in columns[table] if name not in keys[table]]
            put = ", ".join(f"{name} = excluded.{name}" for name in rest)
            yield f"IF changed ? '{table}' THEN"
            yield f"  {said}changed->'{table}')"
            yield f"    ON CONFLICT ({names}) DO UPDATE SET {put};"
            yield "END IF;"
