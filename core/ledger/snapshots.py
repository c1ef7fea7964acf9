"""What every account held at an instant, added up from its legs. Way: reading -> here -> reports.

Legs are never changed, so a snapshot of yesterday is the same whenever it is taken. Accounts of the
house have no balance row; here they have one, and all accounts of a currency add up to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.engine import Connection

from core.ledger.rows import HOUSE, Account, Leg, Movement
from core.ledger.schema import table_of

_ACCOUNT, _LEG, _MOVEMENT = table_of(Account).c, table_of(Leg).c, table_of(Movement).c
_PLACE = (_ACCOUNT.player, _ACCOUNT.currency, _ACCOUNT.fund)
PLAYERS = "players"
EVER = 2**62
"""An instant after all others."""


@dataclass(frozen=True, slots=True)
class Held:
    """What stood in an account, in ledger units; `owner` is a player or the house."""

    owner: str
    currency: str
    fund: str
    balance: int


@dataclass(frozen=True, slots=True)
class BalanceDisagreement:
    """An account whose balance is not what its legs add up to."""

    held: Held
    balance: int


@dataclass(frozen=True, slots=True)
class FundTotal:
    """How many accounts of a kind were ever touched, and what they hold together.

    `owner` is the house or `PLAYERS`, for all of them.
    """

    owner: str
    currency: str
    fund: str
    accounts: int
    balance: int


def snapshot(
    connection: Connection, before_us: int = EVER, player: str | None = None
) -> Iterator[Held]:
    """Yield what every account that was ever touched held before an instant (UTC microseconds).

    Owners come in order, funds of the house among them; `player` null means all.
    """
    wanted = _held(before_us).order_by(*_PLACE)
    if player is not None:
        wanted = wanted.where(_ACCOUNT.player == player)
    for owner, currency, fund, total in connection.execute(wanted):
        yield Held(owner, currency, fund, int(total))


def fund_totals(connection: Connection, before_us: int = EVER) -> list[FundTotal]:
    """Return a snapshot added up by fund: the players' first, then the accounts of the house."""
    held = _held(before_us).subquery().c
    is_house = case((held.player == HOUSE, 1), else_=0)
    wanted = (
        select(is_house, held.currency, held.fund, func.count(), func.sum(held.balance))
        .group_by(is_house, held.currency, held.fund)
        .order_by(is_house, held.currency, held.fund)
    )
    return [
        FundTotal(HOUSE if house else PLAYERS, currency, fund, int(count), int(total))
        for house, currency, fund, count, total in connection.execute(wanted)
    ]


def totals(connection: Connection, before_us: int = EVER) -> dict[str, int]:
    """Return what all accounts of each currency add up to: 0, or money came from nowhere."""
    wanted = (
        select(_LEG.currency, func.sum(_LEG.amount))
        .join(table_of(Movement), _MOVEMENT.id == _LEG.movement_id)
        .where(_MOVEMENT.at_us < before_us)
        .group_by(_LEG.currency)
        .order_by(_LEG.currency)
    )
    return {currency: int(total) for currency, total in connection.execute(wanted)}


def disagreements(
    connection: Connection, player: str | None = None
) -> Iterator[BalanceDisagreement]:
    """Compare the balances kept with a snapshot of now; yield where they differ."""
    added = (
        select(_LEG.account_id, func.sum(_LEG.amount).label("total"))
        .group_by(_LEG.account_id)
        .subquery()
    )
    total = func.coalesce(added.c.total, 0)
    wanted = (
        select(*_PLACE, total, _ACCOUNT.balance)
        .outerjoin(added, added.c.account_id == _ACCOUNT.id)
        .where(_ACCOUNT.player != HOUSE, total != _ACCOUNT.balance)
        .order_by(*_PLACE)
    )
    if player is not None:
        wanted = wanted.where(_ACCOUNT.player == player)
    for owner, currency, fund, summed, balance in connection.execute(wanted):
        yield BalanceDisagreement(Held(owner, currency, fund, int(summed)), int(balance))


def _held(before_us: int) -> Select[Any]:
    return (
        select(*_PLACE, func.sum(_LEG.amount).label("balance"))
        .join(table_of(Leg), _LEG.account_id == _ACCOUNT.id)
        .join(table_of(Movement), _MOVEMENT.id == _LEG.movement_id)
        .where(_MOVEMENT.at_us < before_us)
        .group_by(*_PLACE)
    )
