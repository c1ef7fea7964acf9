"""The tables of the ledger, from its rows. Way: rows -> here -> migrations' test, reads, backends.

What the tables themselves refuse: a second movement of one id, a negative balance, a second leg of
one version of an account, and (by trigger, see the migrations) any change of what is appended.
"""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from core.ledger.row import Row
from core.ledger.rows import ROWS

METADATA = MetaData()
_TYPES: dict[Any, Any] = {int: BigInteger().with_variant(Integer(), "sqlite"), str: Text()}
_MORE: dict[str, tuple[Index | CheckConstraint | UniqueConstraint, ...]] = {
    "account": (
        CheckConstraint("balance >= 0", name="account_is_not_negative"),
        UniqueConstraint("id", name="account_id"),
    ),
    "movement": (
        UniqueConstraint("id", name="movement_id"),
        Index("movement_of_player", "player", "at_us"),
        Index("movement_at", "at_us"),
    ),
    "leg": (UniqueConstraint("account_id", "version", name="leg_versions_have_no_twin"),),
    "bet": (
        CheckConstraint("real >= 0 AND locked >= 0 AND bonus >= 0", name="bet_is_not_negative"),
        Index("bet_open", "state", "at_us"),
    ),
    "round": (Index("round_open", "state", "opened_us"),),
    "hold": (Index("hold_pending", "state", "expires_us"),),
    "payment": (Index("payment_state", "state", "changed_us"),),
    "game_session": (Index("game_session_of_player", "player", "opened_us"),),
    "bonus": (Index("bonus_state", "state", "expires_us"),),
    "kept_standing": (Index("kept_standing_of_player", "player", "at_us"),),
    "duty": (Index("duty_open", "state", "due_us"),),
    "register_message": (Index("register_message_due", "state", "message_no"),),
}


def table_of(row: type[Row]) -> Table:
    """Return the table of a kind of row."""
    return METADATA.tables[row.table]


def columns_of(row: type[Row]) -> tuple[str, ...]:
    """Return the columns of a kind of row, in the order of its fields."""
    return row.__struct_fields__


def _made(row: type[Row]) -> Table:
    hints = get_type_hints(row)
    columns = [_column(row, name, hints[name]) for name in row.__struct_fields__]
    return Table(row.table, METADATA, *columns, *_MORE.get(row.table, ()))


def _column(row: type[Row], name: str, hint: Any) -> Column[Any]:
    plain = next((kind for kind in get_args(hint) if kind is not type(None)), hint)
    return Column(
        name, _TYPES[plain], primary_key=name in row.key_columns,
        nullable=bool(get_args(hint)), autoincrement=False,
    )  # fmt: skip


for _row in ROWS:
    _made(_row)
