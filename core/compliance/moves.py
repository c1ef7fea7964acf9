"""What a decided request adds to a player's sums, and since when. Way: verdict -> here -> folds.

What makes room is dated by when it happened, though it be told late; what takes room by when it was
judged. So nobody gains room from a clock that goes back or from word that comes late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from core.compliance.check import Case
from core.compliance.finding import Verdict
from core.compliance.request import Request
from core.compliance.requests.money import (
    Deposit,
    DepositFailed,
    DepositSettled,
    Stake,
    StakeSettled,
    StakeVoided,
    WithdrawalDeclined,
    WithdrawalPaid,
)
from core.compliance.standing import Paid, Standing

What = Literal["deposits", "withdrawals", "stakes", "wins"]


@dataclass(frozen=True, slots=True)
class Move:
    """`amount` more of `what`, in every frame that `at_us` lies in."""

    what: What
    amount: int
    at_us: int


MOVES: tuple[type[Request], ...] = (
    Deposit, DepositFailed, DepositSettled, Stake, StakeSettled, StakeVoided, WithdrawalDeclined,
    WithdrawalPaid,
)  # fmt: skip
"""The requests that add something."""


def payment_of(standing: Standing, payment_id: str, *, is_deposit: bool) -> Paid | None:
    """Return a payment the standing still knows, null if none."""
    for paid in standing.payments:
        if paid.payment_id == payment_id and paid.is_deposit == is_deposit:
            return paid
    return None


def moves_of(case: Case, verdict: Verdict) -> Iterable[Move]:
    """Return what a request adds; nothing if it was not granted, or is in another currency."""
    asked: Any = case.request
    moving = _MOVING.get(type(asked))
    if moving is None or not verdict.is_allowed:
        return ()
    if getattr(asked, "currency", case.standing.currency) != case.standing.currency:
        return ()
    return moving(case, asked)


def _deposit(case: Case, asked: Deposit) -> Iterable[Move]:
    return (Move("deposits", asked.amount, case.at_us),)


def _deposit_settled(case: Case, asked: DepositSettled) -> Iterable[Move]:
    """Correct what was reserved to what came; money nobody had asked for counts from now."""
    paid = payment_of(case.standing, asked.payment_id, is_deposit=True)
    if paid is None:
        return (Move("deposits", asked.amount, case.at_us),)
    if paid.state == "settled" or paid.amount == asked.amount:
        return ()
    return (Move("deposits", asked.amount - paid.amount, paid.at_us),)


def _deposit_failed(case: Case, asked: DepositFailed) -> Iterable[Move]:
    paid = payment_of(case.standing, asked.payment_id, is_deposit=True)
    if paid is None or paid.state == "settled":
        return ()
    return (Move("deposits", -paid.amount, paid.at_us),)


def _withdrawal_paid(case: Case, asked: WithdrawalPaid) -> Iterable[Move]:
    paid = payment_of(case.standing, asked.payment_id, is_deposit=False)
    if paid is not None and paid.state == "settled":
        return ()
    return (Move("withdrawals", asked.amount, asked.at_us),)


def _withdrawal_declined(case: Case, asked: WithdrawalDeclined) -> Iterable[Move]:
    """Take a payout that came back out of the frame it was counted in."""
    paid = payment_of(case.standing, asked.payment_id, is_deposit=False)
    if paid is None or paid.state != "settled":
        return ()
    return (Move("withdrawals", -paid.amount, paid.at_us),)


def _stake(case: Case, asked: Stake) -> Iterable[Move]:
    return (Move("stakes", asked.amount, case.at_us),)


def _stake_settled(_case: Case, asked: StakeSettled) -> Iterable[Move]:
    return (Move("wins", asked.amount, asked.at_us),) if asked.amount else ()


def _stake_voided(case: Case, asked: StakeVoided) -> Iterable[Move]:
    if asked.amount and asked.staked_us:
        yield Move("stakes", -asked.amount, asked.staked_us)
    if asked.won:
        yield Move("wins", -asked.won, asked.staked_us or case.at_us)


_MOVING: dict[type[Request], Callable[[Case, Any], Iterable[Move]]] = {
    Deposit: _deposit,
    DepositFailed: _deposit_failed,
    DepositSettled: _deposit_settled,
    Stake: _stake,
    StakeSettled: _stake_settled,
    StakeVoided: _stake_voided,
    WithdrawalDeclined: _withdrawal_declined,
    WithdrawalPaid: _withdrawal_paid,
}
