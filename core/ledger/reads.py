"""What a player has, and how it came to be. Way: ledger -> here -> console, `evenhand ledger show`.

Amounts are ledger units (`core.ledger.units`), instants UTC microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, tuple_
from sqlalchemy.engine import Connection

from core.ledger.rows import Account, Leg, Movement
from core.ledger.schema import table_of

_ACCOUNT, _MOVEMENT, _LEG = table_of(Account), table_of(Movement), table_of(Leg)
Place = tuple[int, int]
"""Where a page ends: instant and id of its last movement."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands in a fund; `version` counts the legs that made it."""

    currency: str
    fund: str
    balance: int
    version: int


@dataclass(frozen=True, slots=True)
class StatementLeg:
    """One account's part; `owner` is the player or the house, whose `balance_after` is null."""

    owner: str
    fund: str
    amount: int
    balance_after: int | None


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A movement with its legs, in their order; none for what moved nothing."""

    movement: Movement
    legs: tuple[StatementLeg, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant up to, not including, another."""

    from_us: int = 0
    to_us: int = 2**62


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines in order of time; `next_place` is where to go on, null at the end."""

    lines: tuple[StatementLine, ...]
    next_place: Place | None


def balances(connection: Connection, player: str) -> list[Balance]:
    """Return a player's funds in every currency; none for a player without wallet."""
    found = connection.execute(
        select(_ACCOUNT.c.currency, _ACCOUNT.c.fund, _ACCOUNT.c.balance, _ACCOUNT.c.version)
        .where(_ACCOUNT.c.player == player)
        .order_by(_ACCOUNT.c.currency, _ACCOUNT.c.id)
    )
    return [Balance(*row) for row in found]


def statement(
    connection: Connection, player: str, span: Span, after: Place | None = None, *, most: int = 100
) -> Page:
    """Return a page of a player's movements within a span, oldest first, after a place."""
    wanted = _movements(player, span).limit(most + 1)
    if after is not None:
        wanted = wanted.where(tuple_(_MOVEMENT.c.at_us, _MOVEMENT.c.id) > after)
    found = [Movement(**row) for row in connection.execute(wanted).mappings()]
    legs = _legs(connection, [movement.id for movement in found[:most]])
    lines = tuple(StatementLine(row, tuple(legs.get(row.id, ()))) for row in found[:most])
    last = lines[-1].movement if len(found) > most else None
    return Page(lines, (last.at_us, last.id) if last else None)


def _movements(player: str, span: Span) -> Select[Any]:
    at = _MOVEMENT.c.at_us
    return (
        select(_MOVEMENT)
        .where(_MOVEMENT.c.player == player, at >= span.from_us, at < span.to_us)
        .order_by(at, _MOVEMENT.c.id)
    )


def _legs(connection: Connection, movements: list[int]) -> dict[int, list[StatementLeg]]:
    found = connection.execute(
        select(
            _LEG.c.movement_id, _ACCOUNT.c.player, _ACCOUNT.c.fund, _LEG.c.amount,
            _LEG.c.balance_after,
        )
        .join(_ACCOUNT, _ACCOUNT.c.id == _LEG.c.account_id)
        .where(_LEG.c.movement_id.in_(movements))
        .order_by(_LEG.c.movement_id, _LEG.c.place)
    )  # fmt: skip
    legs: dict[int, list[StatementLeg]] = {}
    for movement_id, *leg in found:
        legs.setdefault(movement_id, []).append(StatementLeg(*leg))
    return legs
