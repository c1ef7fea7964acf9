"""Money comes from an account in the player's own name. Way: judge -> here.

Names are compared by their keys (`core.compliance.names`) and none is written down. A mismatch is
also an alert to those who look for money laundering; the player is told the reason and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.names import name_key
from core.compliance.pack import PackRule
from core.compliance.requests.money import Deposit, Withdrawal


class PayerMatch(Parameters, frozen=True, kw_only=True):
    """What follows where no holder is said, or the player's name is not known: `when_unknown`.

    `typology` and `duty` are those of the alert a mismatch raises.
    """

    when_unknown: Literal["allow", "duty", "refuse"] = "duty"
    typology: str = "T-3P"
    duty: str = "aml_alert"


def _judge(case: Case, rule: PackRule, parameters: PayerMatch) -> Iterable[Finding]:
    asked: Any = case.request
    holder = name_key(asked.holder) if asked.holder else ""
    known = case.standing.name_key
    if not holder or not known:
        return _unknown(case, rule, parameters, "holder" if not holder else "player")
    return () if holder == known else _mismatch(case, rule, parameters)


def _mismatch(case: Case, rule: PackRule, parameters: PayerMatch) -> Iterator[Finding]:
    """Refuse a deposit; of a withdrawal staff sees to it that it goes to no other account."""
    asked: Any = case.request
    inputs = {"instrument_id": asked.instrument_id, "amount": case.text(asked.amount)}
    is_deposit = isinstance(asked, Deposit)
    effect = Effect.REFUSE if is_deposit else Effect.DUTY
    yield Finding(
        rule.id, effect, "PAYER_MISMATCH", "PAYER_MISMATCH", inputs,
        duty="" if is_deposit else "redirect_payout",
    )  # fmt: skip
    alert = inputs | {"typology": parameters.typology}
    yield Finding(rule.id, Effect.DUTY, "ALERT", "", alert, duty=parameters.duty)


def _unknown(
    case: Case, rule: PackRule, parameters: PayerMatch, what: str
) -> Iterator[Finding]:  # fmt: skip
    if parameters.when_unknown == "allow" or isinstance(case.request, Withdrawal):
        return
    refuses = parameters.when_unknown == "refuse"
    yield Finding(
        rule.id, Effect.REFUSE if refuses else Effect.DUTY, "PAYER_UNKNOWN", "PAYER_UNKNOWN",
        {"unknown": what}, duty="" if refuses else "verify_payer",
        if_decision=() if refuses else ("allow",),
    )  # fmt: skip


CHECK = Check(
    name="payer_match",
    on=(Deposit, Withdrawal),
    parameters=PayerMatch,
    judge=_judge,
    says=(
        "Refuses a deposit from an account in another's name and alerts; of a payout to one, staff "
        "is told."
    ),
)
