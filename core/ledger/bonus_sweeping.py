"""Bonuses that have come to their end. Way: ledger -> reading -> here -> post.

First those that were played through, then those whose time is over: what was wagered in time is the
player's. Why completion waits for open bets is said in core.ledger.bonuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.engine import Connection

from core.ledger.calls import Action, Call
from core.ledger.ledger import Ledger
from core.ledger.rows import PLAYABLE, Account, Bet, Bonus, Round
from core.ledger.schema import columns_of, table_of
from core.ledger.sweeping import SWEEPER, Swept, swept

_BONUS, _BET, _ACCOUNT = table_of(Bonus).c, table_of(Bet).c, table_of(Account).c
_ROUND = table_of(Round).c


@dataclass(frozen=True, slots=True)
class PlayedThrough:
    """A bonus to complete, and the version of the player's funds it was seen at."""

    bonus: Bonus
    seen_version: int


def played_through(connection: Connection) -> Iterator[PlayedThrough]:
    """Yield active bonuses that are wagered and of which no bet is open, oldest first.

    Where a provider's wins name no bet, nothing settles one: it is over with its round. A bet that
    took nothing, as free ones do, has nothing to give back or to win for the bonus.
    """
    is_over = select(_ROUND.round_id).where(
        _ROUND.provider == _BET.provider, _ROUND.player == _BET.player,
        _ROUND.round_id == _BET.round_id, _ROUND.state != "open",
    )  # fmt: skip
    is_open = select(_BET.bet_ref).where(
        _BET.player == _BONUS.player, _BET.bonus_id == _BONUS.bonus_id, _BET.state == "open",
        or_(_BET.real > 0, _BET.locked > 0, _BET.bonus > 0), ~is_over.exists(),
    )  # fmt: skip
    version = (
        select(func.sum(_ACCOUNT.version))
        .where(
            _ACCOUNT.player == _BONUS.player,
            _ACCOUNT.currency == _BONUS.currency,
            _ACCOUNT.fund.in_(PLAYABLE),
        )
        .scalar_subquery()
    )
    wanted = select(table_of(Bonus), version.label("seen_version")).where(
        _BONUS.state == "active", _BONUS.wagered >= _BONUS.wagering_required, ~is_open.exists()
    )
    for row in connection.execute(_in_order(wanted)).mappings():
        bonus = Bonus(**{name: row[name] for name in columns_of(Bonus)})
        yield PlayedThrough(bonus, int(row["seen_version"]))


def ended_bonuses(connection: Connection, now_us: int) -> Iterator[Bonus]:
    """Yield active bonuses whose time is over and that were not wagered, oldest first."""
    wanted = select(table_of(Bonus)).where(
        _BONUS.state == "active",
        _BONUS.expires_us <= now_us,
        _BONUS.wagered < _BONUS.wagering_required,
    )
    for row in connection.execute(_in_order(wanted)).mappings():
        yield Bonus(**row)


def complete_bonuses(ledger: Ledger, found: Iterable[PlayedThrough], now_us: int) -> Swept:
    """Complete bonuses, each in its own call; one that was played with meanwhile stays.

    Raises:
        RetryableError: the database cannot be written now; sweep again.
    """
    return swept(
        ledger,
        (
            _call(
                "bonus_completed", one.bonus, now_us, {"seen_version": one.seen_version}
            )
            for one in found
        ),
    )  # fmt: skip


def expire_bonuses(ledger: Ledger, found: Iterable[Bonus], now_us: int) -> Swept:
    """Expire bonuses, each in its own call.

    Raises:
        RetryableError: the database cannot be written now; sweep again.
    """
    return swept(ledger, (_call("bonus_expired", bonus, now_us, {}) for bonus in found))


def _call(operation: str, bonus: Bonus, now_us: int, context: dict[str, int]) -> Call:
    action = Action(
        operation, bonus.bonus_id, bet_ref=bonus.bonus_id, scope=bonus.player, context=context
    )
    return Call(SWEEPER, bonus.player, bonus.currency, (action,), now_us)


def _in_order(wanted: Select[tuple[object, ...]]) -> Select[tuple[object, ...]]:
    return wanted.order_by(_BONUS.expires_us, _BONUS.player, _BONUS.bonus_id)
