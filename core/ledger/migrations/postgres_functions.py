"""PostgreSQL's two functions for the rows as the code has them. Way: migrations -> here.

    ledger_load(wanted)           locks, and finds: JSON text of table -> rows, and fresh ids
    ledger_write(fresh, changed)  inserts, and puts changed rows in their places

A row is an array of its values in the order of its fields, both ways: no names to write, read and
look up, which was a third of what a bet cost the database. So a version that changes a row makes
the functions anew. Tables come in one order, in which all writers write.

The functions are plpgsql and volatile: each statement in them sees what others had committed when
the locks of the one before it were had. Wallets are locked in order of their players, references in
the order given.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args, get_type_hints

from alembic import op

from core.ledger.row import Row
from core.ledger.rows import ROWS, Account, Wallet

_PLAYERS = "jsonb_array_elements_text(wanted->'players') k(player)"
Columns = dict[str, str]


def make_functions() -> None:
    """Make the functions, in the place of those there are."""
    _make("ledger_load(wanted jsonb) RETURNS text", "found text; ids bigint[] := '{}';", load())
    _make("ledger_write(fresh jsonb, changed jsonb) RETURNS void", "", write())


def load() -> Iterable[str]:
    """Yield the steps of `ledger_load`."""
    locked = f"SELECT t.* FROM {_PLAYERS} JOIN wallet t USING (player) ORDER BY player FOR UPDATE"
    yield f"SELECT json_agg({_listed(Wallet)})::text INTO found FROM ({locked} OF t) t;"
    yield "found := '{\"wallet_of_players\":' || coalesce(found, '[]');"
    # conditions without a query of their own are plpgsql's cheapest way to call a function
    yield "FOR place IN 0 .. coalesce(jsonb_array_length(wanted->'references'), 0) - 1 LOOP"
    yield "  IF pg_advisory_xact_lock((wanted->'references'->>place)::bigint) IS NULL THEN END IF;"
    yield "END LOOP;"
    yield "FOR place IN 1 .. (wanted->>'blocks')::int LOOP"
    yield "  ids := ids || nextval('ledger_ids');"
    yield "END LOOP;"
    yield "found := found || ',\"ids\":' || array_to_json(ids)::text;"
    for kind in ROWS:
        key = kind.key_columns[:2] if kind is Account else kind.key_columns
        met = " AND ".join(f"t.{name} = {_at(kind, place, name)}" for place, name in enumerate(key))
        listed = f"jsonb_array_elements(wanted->'{kind.table}') e JOIN {kind.table} t ON {met}"
        yield from _found(kind, kind.table, listed)
    for kind in ROWS:
        if kind.key_columns[0] == "player" and "state" in _columns(kind) and kind is not Wallet:
            listed = f"{_PLAYERS} JOIN {kind.table} t USING (player) WHERE t.state = 'active'"
            yield from _found(kind, f"{kind.table}_of_players", listed)
    yield "RETURN found || '}';"


def write() -> Iterable[str]:
    """Yield the steps of `ledger_write`."""
    for kind in ROWS:
        table, columns = kind.table, _columns(kind)
        values = ", ".join(_at(kind, place, name) for place, name in enumerate(columns))
        said = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM"
        yield f"IF fresh ? '{table}' THEN"
        yield f"  {said} jsonb_array_elements(fresh->'{table}') e;"
        yield "END IF;"
        if not kind.is_appended:
            rest = (name for name in columns if name not in kind.key_columns)
            put = ", ".join(f"{name} = excluded.{name}" for name in rest)
            yield f"IF changed ? '{table}' THEN"
            yield f"  {said} jsonb_array_elements(changed->'{table}') e"
            yield f"    ON CONFLICT ({', '.join(kind.key_columns)}) DO UPDATE SET {put};"
            yield "END IF;"


def _make(head: str, declared: str, steps: Iterable[str]) -> None:
    body = "\n".join(f"  {step}" for step in steps)
    declare = f"DECLARE {declared}\n" if declared else ""
    op.get_bind().exec_driver_sql(
        f"CREATE OR REPLACE FUNCTION {head} LANGUAGE plpgsql VOLATILE AS "
        f"$$\n{declare}BEGIN\n{body}\nEND $$"
    )


def _columns(kind: type[Row]) -> Columns:
    """Return a kind's columns and how each is read from text."""
    hints = get_type_hints(kind)
    is_number = {name: int in (hints[name], *get_args(hints[name])) for name in hints}
    return {name: "::bigint" if is_number[name] else "" for name in kind.__struct_fields__}


def _at(kind: type[Row], place: int, name: str) -> str:
    """Return a column's value in the array `e`."""
    return f"(e->>{place}){_columns(kind)[name]}"


def _listed(kind: type[Row]) -> str:
    return f"json_build_array({', '.join(f't.{name}' for name in _columns(kind))})"


def _found(kind: type[Row], asked: str, listed: str) -> Iterable[str]:
    yield f"IF wanted ? '{asked}' THEN"
    yield f"  found := found || coalesce((SELECT ',\"{asked}\":' || json_agg({_listed(kind)})::text"
    yield f"    FROM {listed}), '');"
    yield "END IF;"
