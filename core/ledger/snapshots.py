"""What every account held at an instant, added up from its legs. Way: reading -> here -> reports.

Legs are never changed, so a snapshot of yesterday is the same whenever it is taken. Accounts of the
house have no balance row; here they have one, and all accounts of a currency add up to nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from core.ledger.rows import HOUSE, Account, Leg, Movement
from core.ledger.schema import table_of

_ACCOUNT, _LEG, _MOVEMENT = table_of(Account).c, table_of(Leg).c, table_of(Movement).c


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


def snapshot(connection: Connection, before_us: int) -> list[Held]:
    """Return what every account that was ever touched held before an instant (UTC microseconds)."""
    found = connection.execute(
        select(_ACCOUNT.player, _ACCOUNT.currency, _ACCOUNT.fund, func.sum(_LEG.amount))
        .join(table_of(Leg), _LEG.account_id == _ACCOUNT.id)
        .join(table_of(Movement), _MOVEMENT.id == _LEG.movement_id)
        .where(_MOVEMENT.at_us < before_us)
        .group_by(_ACCOUNT.player, _ACCOUNT.currency, _ACCOUNT.fund)
        .order_by(_ACCOUNT.player, _ACCOUNT.currency, _ACCOUNT.fund)
    )
    return [Held(owner, currency, fund, int(total)) for owner, currency, fund, total in found]


def totals(found: Iterable[Held]) -> dict[str, int]:
    """Return what all accounts of each currency add up to: 0, or money came from nowhere."""
    total: Counter[str] = Counter()
    for held in found:
        total[held.currency] += held.balance
    return dict(total)


def disagreements(connection: Connection) -> list[BalanceDisagreement]:
    """Compare a snapshot of now with the balances kept; return where they differ."""
    rows = connection.execute(
        select(_ACCOUNT.player, _ACCOUNT.currency, _ACCOUNT.fund, _ACCOUNT.balance).where(
            _ACCOUNT.player != HOUSE
        )
    )
    kept = {(row[0], row[1], row[2]): int(row[3]) for row in rows}
    added = {(h.owner, h.currency, h.fund): h.balance for h in snapshot(connection, 2**62)}
    return [
        BalanceDisagreement(Held(*place, added.get(place, 0)), balance)
        for place, balance in sorted(kept.items())
        if added.get(place, 0) != balance
    ]
