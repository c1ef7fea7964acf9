"""The ledger examines itself: every law as one query for the rows that break it.

Way: ledger's tables -> reading (a snapshot) -> here -> `evenhand ledger check`, tests. A sound
ledger gives no finding. The database does the grouping and findings stream, so memory is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.engine import Connection

from core.ledger.rows import (
    HOUSE,
    Account,
    Bet,
    Bonus,
    Fund,
    Hold,
    Leg,
    Movement,
    Payment,
    Tombstone,
)
from core.ledger.schema import table_of

_ACCOUNT, _MOVEMENT, _LEG = table_of(Account).c, table_of(Movement).c, table_of(Leg).c
_BET, _TOMBSTONE = table_of(Bet).c, table_of(Tombstone).c
_HOLD, _BONUS, _PAYMENT = table_of(Hold).c, table_of(Bonus).c, table_of(Payment).c
MOST_A_LAW = 1_000
"""Findings of one law that are told; a broken law breaks often."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that breaks a law, with the columns that show it."""

    law: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at: movements from an id on, and the accounts they touched; 0 for all."""

    first_id: int = 0

    def of_movement(self, column: ColumnElement[int]) -> ColumnElement[bool]:
        """Bound a column that holds ids of movements."""
        return column >= self.first_id if self.first_id else true()

    def of_account(self) -> ColumnElement[bool]:
        """Bound accounts to those touched."""
        if not self.first_id:
            return true()
        touched = select(_LEG.account_id).where(_LEG.movement_id >= self.first_id)
        return _ACCOUNT.id.in_(touched)


def scope_since(connection: Connection, since_us: int) -> Scope:
    """Return the scope of what was asked at an instant or later."""
    if not since_us:
        return Scope()
    first = select(func.min(_MOVEMENT.id)).where(_MOVEMENT.at_us >= since_us)
    return Scope(connection.execute(first).scalar() or 2**62)


def legs_sum_to_zero(scope: Scope) -> Select[Any]:
    """Every movement gives as much as it takes, in each currency."""
    total = func.sum(_LEG.amount)
    return (
        select(_LEG.movement_id, _LEG.currency, total.label("sum"))
        .where(scope.of_movement(_LEG.movement_id))
        .group_by(_LEG.movement_id, _LEG.currency)
        .having(total != 0)
    )


def currencies_sum_to_zero(_scope: Scope) -> Select[Any]:
    """All legs of a currency together are nothing: no money came from nowhere."""
    total = func.sum(_LEG.amount)
    return select(_LEG.currency, total.label("sum")).group_by(_LEG.currency).having(total != 0)


def legs_have_a_movement(scope: Scope) -> Select[Any]:
    """No leg stands without its movement."""
    return (
        select(_LEG.movement_id, _LEG.place, _LEG.account_id, _LEG.amount)
        .outerjoin(table_of(Movement), _MOVEMENT.id == _LEG.movement_id)
        .where(_MOVEMENT.id.is_(None), scope.of_movement(_LEG.movement_id))
    )


def legs_have_their_account(scope: Scope) -> Select[Any]:
    """Every leg is on an account there is, of its currency; only those of players have versions."""
    is_house = _ACCOUNT.player == HOUSE
    wrong = or_(
        _ACCOUNT.id.is_(None),
        _ACCOUNT.currency != _LEG.currency,
        and_(is_house, or_(_LEG.version.is_not(None), _LEG.balance_after.is_not(None))),
        and_(~is_house, or_(_LEG.version.is_(None), _LEG.balance_after.is_(None))),
    )
    return (
        select(_LEG.movement_id, _LEG.place, _LEG.account_id, _LEG.currency, _ACCOUNT.player)
        .outerjoin(table_of(Account), _ACCOUNT.id == _LEG.account_id)
        .where(wrong, scope.of_movement(_LEG.movement_id))
    )


def legs_are_their_owners(scope: Scope) -> Select[Any]:
    """A movement of one player touches no other player's money."""
    return (
        select(_LEG.movement_id, _LEG.place, _MOVEMENT.player, _ACCOUNT.player.label("touched"))
        .join(table_of(Movement), _MOVEMENT.id == _LEG.movement_id)
        .join(table_of(Account), _ACCOUNT.id == _LEG.account_id)
        .where(
            _ACCOUNT.player.not_in((HOUSE,)), _ACCOUNT.player != _MOVEMENT.player,
            scope.of_movement(_LEG.movement_id),
        )
    )  # fmt: skip


def versions_have_no_gap(scope: Scope) -> Select[Any]:
    """An account's legs are numbered 1, 2, 3, ... and the account stands at the last."""
    count, least, most = func.count(_LEG.version), func.min(_LEG.version), func.max(_LEG.version)
    wrong = or_(
        func.coalesce(most, 0) != _ACCOUNT.version,
        count != func.coalesce(most, 0),
        func.coalesce(least, 1) != 1,
    )
    return _by_account(scope, count.label("legs"), least.label("first"), most.label("last")).having(
        wrong
    )


def balances_are_sums_of_legs(scope: Scope) -> Select[Any]:
    """A balance is what its legs add up to."""
    total = func.coalesce(func.sum(_LEG.amount), 0)
    return _by_account(scope, total.label("sum")).having(total != _ACCOUNT.balance)


def legs_tell_the_balance_after(scope: Scope) -> Select[Any]:
    """Each leg's balance is the one before it, changed by its amount."""
    before = table_of(Leg).alias("before")
    told = func.coalesce(before.c.balance_after, 0) + _LEG.amount
    return (
        select(_LEG.movement_id, _LEG.place, _LEG.account_id, _LEG.version, _LEG.balance_after)
        .outerjoin(
            before, and_(
                before.c.account_id == _LEG.account_id, before.c.version == _LEG.version - 1
            ),
        )
        .where(
            _LEG.version.is_not(None), _LEG.balance_after != told,
            scope.of_movement(_LEG.movement_id),
        )
    )  # fmt: skip


def no_balance_is_negative(scope: Scope) -> Select[Any]:
    """No fund is below zero; accounts of the house keep no balance."""
    wrong = or_(_ACCOUNT.balance < 0, and_(_ACCOUNT.player == HOUSE, _ACCOUNT.balance != 0))
    return select(*_account()).where(wrong, scope.of_account())


def bets_have_their_movement(scope: Scope) -> Select[Any]:
    """Behind every bet stands the movement that placed it."""
    return (
        select(_BET.provider, _BET.scope, _BET.bet_ref, _BET.movement_id)
        .outerjoin(table_of(Movement), _MOVEMENT.id == _BET.movement_id)
        .where(
            or_(_MOVEMENT.id.is_(None), _MOVEMENT.player != _BET.player),
            scope.of_movement(_BET.movement_id),
        )
    )


def bets_took_their_stake(scope: Scope) -> Select[Any]:
    """The split a bet remembers is what its movement took from the player."""
    stake = _BET.real + _BET.locked + _BET.bonus
    taken = func.coalesce(func.sum(_LEG.amount), 0)
    return (
        select(_BET.provider, _BET.scope, _BET.bet_ref, stake.label("stake"), taken.label("taken"))
        .outerjoin(
            table_of(Leg), and_(_LEG.movement_id == _BET.movement_id, _LEG.version.is_not(None))
        )
        .where(scope.of_movement(_BET.movement_id))
        .group_by(_BET.provider, _BET.scope, _BET.bet_ref, _BET.real, _BET.locked, _BET.bonus)
        .having(taken != -stake)
    )


def placed_bets_are_kept(scope: Scope) -> Select[Any]:
    """Every movement that took a stake left its bet."""
    return (
        select(_MOVEMENT.id, _MOVEMENT.provider, _MOVEMENT.scope, _MOVEMENT.bet_ref)
        .outerjoin(table_of(Bet), _BET.movement_id == _MOVEMENT.id)
        .where(
            _MOVEMENT.operation == "bet", _MOVEMENT.amount > 0, _BET.bet_ref.is_(None),
            scope.of_movement(_MOVEMENT.id),
        )
    )  # fmt: skip


def tombstoned_bets_took_nothing(scope: Scope) -> Select[Any]:
    """A bet whose rollback came first was never placed."""
    same = and_(
        _BET.provider == _TOMBSTONE.provider,
        _BET.scope == _TOMBSTONE.scope,
        _BET.bet_ref == _TOMBSTONE.bet_ref,
    )
    return (
        select(_BET.provider, _BET.scope, _BET.bet_ref, _TOMBSTONE.movement_id)
        .join(table_of(Tombstone), same)
        .where(scope.of_movement(_BET.movement_id))
    )


def tombstones_have_their_movement(scope: Scope) -> Select[Any]:
    """Behind every tombstone stands the rollback that set it."""
    return (
        select(_TOMBSTONE.provider, _TOMBSTONE.scope, _TOMBSTONE.bet_ref, _TOMBSTONE.movement_id)
        .outerjoin(table_of(Movement), _MOVEMENT.id == _TOMBSTONE.movement_id)
        .where(_MOVEMENT.id.is_(None), scope.of_movement(_TOMBSTONE.movement_id))
    )


def reserved_money_is_held(scope: Scope) -> Select[Any]:
    """What is reserved is what the pending holds say."""
    held = func.coalesce(func.sum(_HOLD.amount), 0)
    return (
        select(*_account(), held.label("held"))
        .outerjoin(
            table_of(Hold), and_(
                _HOLD.player == _ACCOUNT.player, _HOLD.currency == _ACCOUNT.currency,
                _HOLD.state == "pending",
            ),
        )
        .where(_ACCOUNT.fund == Fund.RESERVED, scope.of_account())
        .group_by(*_account())
        .having(held != _ACCOUNT.balance)
    )  # fmt: skip


def pending_money_is_withdrawn(scope: Scope) -> Select[Any]:
    """What waits to be paid out is what the open withdrawals say."""
    asked = func.coalesce(func.sum(_PAYMENT.amount), 0)
    return (
        select(*_account(), asked.label("asked"))
        .outerjoin(
            table_of(Payment), and_(
                _PAYMENT.player == _ACCOUNT.player, _PAYMENT.currency == _ACCOUNT.currency,
                _PAYMENT.kind == "withdrawal", _PAYMENT.state.in_(("requested", "approved")),
            ),
        )
        .where(
            _ACCOUNT.player != HOUSE, _ACCOUNT.fund == Fund.PENDING, scope.of_account()
        )
        .group_by(*_account())
        .having(asked != _ACCOUNT.balance)
    )  # fmt: skip


def bonus_money_has_its_bonus(scope: Scope) -> Select[Any]:
    """Bonus money stands only while a bonus runs: where it ends, its money goes."""
    running = select(_BONUS.bonus_id).where(
        _BONUS.player == _ACCOUNT.player,
        _BONUS.currency == _ACCOUNT.currency,
        _BONUS.state == "active",
    )
    return select(*_account()).where(
        _ACCOUNT.player != HOUSE, _ACCOUNT.fund.in_((Fund.BONUS, Fund.LOCKED)),
        _ACCOUNT.balance != 0, ~running.exists(), scope.of_account(),
    )  # fmt: skip


Law = Callable[[Scope], Select[Any]]
LAWS: tuple[Law, ...] = (
    legs_sum_to_zero, currencies_sum_to_zero, legs_have_a_movement, legs_have_their_account,
    legs_are_their_owners, versions_have_no_gap, balances_are_sums_of_legs,
    legs_tell_the_balance_after, no_balance_is_negative, bets_have_their_movement,
    bets_took_their_stake, placed_bets_are_kept, tombstoned_bets_took_nothing,
    tombstones_have_their_movement, reserved_money_is_held, pending_money_is_withdrawn,
    bonus_money_has_its_bonus,
)  # fmt: skip


def findings_of(connection: Connection, law: Law, scope: Scope) -> Iterator[Finding]:
    """Yield the rows that break a law, at most `MOST_A_LAW`."""
    for row in islice(connection.execute(law(scope)).mappings(), MOST_A_LAW):
        yield Finding(law.__name__, dict(row))


def audit(connection: Connection, since_us: int = 0) -> list[Finding]:
    """Return every finding of every law, of what was asked since an instant."""
    scope = scope_since(connection, since_us)
    return [found for law in LAWS for found in findings_of(connection, law, scope)]


def _account() -> tuple[ColumnElement[Any], ...]:
    return (
        _ACCOUNT.id, _ACCOUNT.player, _ACCOUNT.currency, _ACCOUNT.fund, _ACCOUNT.balance,
        _ACCOUNT.version,
    )  # fmt: skip


def _by_account(scope: Scope, *more: ColumnElement[Any]) -> Select[Any]:
    return (
        select(*_account(), *more)
        .outerjoin(table_of(Leg), _LEG.account_id == _ACCOUNT.id)
        .where(_ACCOUNT.player != HOUSE, scope.of_account())
        .group_by(*_account())
    )
