"""Deposits and withdrawals one by one, after a request. Way: verdict -> here -> paid, accrued_*.

What failed is taken out again, as if it had never been asked for. Settled payments older than the
longest window any pack reads are dropped; the sums over the whole relationship stay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.compliance.calendar import DAY_US
from core.compliance.check import Case
from core.compliance.finding import Verdict
from core.compliance.fold import Fold
from core.compliance.moves import moves_of
from core.compliance.request import Request
from core.compliance.requests.money import (
    Deposit,
    DepositFailed,
    DepositSettled,
    Withdrawal,
    WithdrawalDeclined,
    WithdrawalPaid,
    WithdrawalReversal,
)
from core.compliance.standing import Paid, Standing, packed, with_changes

KEPT_US = 397 * DAY_US
"""Thirteen months at their longest."""

Payments = dict[tuple[bool, str], Paid]
"""By whether it is a deposit, and its id."""


def _apply(case: Case, verdict: Verdict, standing: Standing) -> Standing:
    if not verdict.is_allowed:
        return standing
    payments = {_key(paid): paid for paid in case.standing.payments}
    _CHANGES[type(case.request)](payments, case)
    ordered = sorted(_kept(payments, case.at_us), key=lambda paid: paid.at_us)
    moves = tuple(moves_of(case, verdict))
    deposits = sum(move.amount for move in moves if move.what == "deposits")
    withdrawals = sum(move.amount for move in moves if move.what == "withdrawals")
    return with_changes(
        standing, paid=packed(ordered),
        accrued_deposits=standing.accrued_deposits + deposits,
        accrued_withdrawals=standing.accrued_withdrawals + withdrawals,
    )  # fmt: skip


def _key(paid: Paid) -> tuple[bool, str]:
    return paid.is_deposit, paid.payment_id


def _kept(payments: Payments, at_us: int) -> list[Paid]:
    after_us = at_us - KEPT_US
    return [one for one in payments.values() if one.at_us > after_us or one.state == "reserved"]


def _asked(payments: Payments, case: Case) -> None:
    asked: Any = case.request
    is_deposit = isinstance(asked, Deposit)
    payments[is_deposit, asked.payment_id] = Paid(
        payment_id=asked.payment_id, is_deposit=is_deposit, amount=asked.amount,
        at_us=case.at_us, instrument_id=asked.instrument_id, method=getattr(asked, "method", ""),
    )  # fmt: skip


def _deposit_settled(payments: Payments, case: Case) -> None:
    asked: Any = case.request
    paid = payments.get((True, asked.payment_id))
    if paid is None:
        paid = Paid(
            payment_id=asked.payment_id, is_deposit=True, amount=asked.amount, at_us=case.at_us
        )
    if paid.state == "reserved":
        payments[_key(paid)] = with_changes(paid, amount=asked.amount, state="settled")


def _withdrawal_paid(payments: Payments, case: Case) -> None:
    asked: Any = case.request
    paid = payments.get((False, asked.payment_id))
    if paid is None:
        paid = Paid(payment_id=asked.payment_id, is_deposit=False, amount=asked.amount, at_us=0)
    if paid.state == "reserved":
        payments[_key(paid)] = with_changes(
            paid, amount=asked.amount, state="settled", at_us=asked.at_us
        )


def _deposit_failed(payments: Payments, case: Case) -> None:
    asked: Any = case.request
    paid = payments.get((True, asked.payment_id))
    if paid is not None and paid.state == "reserved":
        del payments[_key(paid)]


def _payout_undone(payments: Payments, case: Case) -> None:
    """Forget a payout: one taken back by the player while it waited, or one that came back."""
    asked: Any = case.request
    paid = payments.get((False, asked.payment_id))
    if paid is None:
        return
    if paid.state == "reserved" or isinstance(asked, WithdrawalDeclined):
        del payments[_key(paid)]


_CHANGES: dict[type[Request], Callable[[Payments, Case], None]] = {
    Deposit: _asked,
    DepositFailed: _deposit_failed,
    DepositSettled: _deposit_settled,
    Withdrawal: _asked,
    WithdrawalDeclined: _payout_undone,
    WithdrawalPaid: _withdrawal_paid,
    WithdrawalReversal: _payout_undone,
}

FOLD = Fold(
    "payments", tuple(_CHANGES), ("paid", "accrued_deposits", "accrued_withdrawals"), _apply
)
