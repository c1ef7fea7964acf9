"""The greatest balance a player wants. Way: judge -> here.

What a win brings above it goes to his bank account; a deposit that would bring the balance above it
is refused, where the balance is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.limits_in_force import limit_at
from core.compliance.pack import PackRule
from core.compliance.requests.money import Deposit, StakeSettled


class MaxBalance(Parameters, frozen=True, kw_only=True):
    """Which limit of the player's it is."""

    limit: str = "balance"


def _judge(case: Case, rule: PackRule, parameters: MaxBalance) -> Iterable[Finding]:
    most = limit_at(case.standing, parameters.limit, "", case.at_us)
    if most is None:
        return ()
    return (_deposit if isinstance(case.request, Deposit) else _win)(case, rule, most)


def _deposit(case: Case, rule: PackRule, most: int) -> Iterator[Finding]:
    asked: Any = case.request
    if asked.balance is None or asked.balance + asked.amount <= most:
        return
    left = max(0, most - asked.balance)
    inputs = {
        "aggregate": "balance", "used": case.text(asked.balance), "limit": case.text(most),
        "requested": case.text(asked.amount), "remaining": case.text(left), "room_units": left,
    }  # fmt: skip
    yield Finding(rule.id, Effect.REFUSE, "DEPOSIT_REFUSED", "LIMIT_BALANCE", inputs)


def _win(case: Case, rule: PackRule, most: int) -> Iterator[Finding]:
    won: Any = case.request
    if won.balance_after is None:
        return
    above = min(won.amount, won.balance_after - most)
    if above > 0:
        inputs = {
            "amount": case.text(above), "limit": case.text(most), "won": case.text(won.amount),
            "balance": case.text(won.balance_after),
        }  # fmt: skip
        yield Finding(rule.id, Effect.PAY_OUT, "AUTO_PAYOUT", "LIMIT_BALANCE", inputs)


CHECK = Check(
    name="max_balance",
    on=(Deposit, StakeSettled),
    parameters=MaxBalance,
    judge=_judge,
    says="Pays out what a win brings above the player's greatest balance.",
)
