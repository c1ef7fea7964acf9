"""What happens when a player is kept out from now on. Way: packs -> here -> hold, register checks.

He is logged out, his money goes home, and whoever has him on a list takes him off it. A round that
runs is settled by its rules; what it wins goes the same way.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.compliance.check import Case, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.money import StakeSettled


class Parting(Parameters, frozen=True, kw_only=True):
    """What follows the start of a hold, beside the duty the rule's action names."""

    logs_out: bool = False
    returns_balance: bool = False


def findings_of_parting(
    case: Case, rule: PackRule, parting: Parting, balance: int | None
) -> Iterator[Finding]:
    """Yield what follows; `balance` null is one nobody looked at, then all of it goes home."""
    if parting.logs_out:
        yield Finding(rule.id, Effect.END_SESSION, "LOGOUT", "HOLD_BEGAN", if_decision=("allow",))
    if parting.returns_balance and balance != 0:
        yield _pay_out(case, rule, "all" if balance is None else case.text(balance))
    if rule.action.duty:
        within = rule.action.deadline
        yield Finding(
            rule.id, Effect.DUTY, rule.action.duty.upper(), "", {"within": within},
            duty=rule.action.duty, due_us=case.later(within) if within else None,
        )  # fmt: skip


def balance_returned(
    case: Case, rule: PackRule, parting: Parting, settled: StakeSettled
) -> Iterator[Finding]:
    """Yield the return of what a round brought that was still open when the hold began."""
    if parting.returns_balance and settled.ends_round and settled.balance_after:
        yield _pay_out(case, rule, case.text(settled.balance_after))


def _pay_out(case: Case, rule: PackRule, amount: str) -> Finding:
    inputs = {
        "amount": amount, "to": "the means paid in with",
        "open_rounds": len(case.standing.play.open_rounds),
    }  # fmt: skip
    return Finding(rule.id, Effect.PAY_OUT, "BALANCE_RETURN", "", inputs, if_decision=("allow",))
