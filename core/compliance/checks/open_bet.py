"""What becomes of a bet that is open when its player is excluded. Way: packs -> here -> duties.

A game round is settled by its rules. A bet on an event that has not begun when the exclusion does
is refunded where the rule says so.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.held import in_force
from core.compliance.pack import PackRule
from core.compliance.requests.holds import OpenBet

REFUND = "refund_open_bets"


class OpenBetRule(Parameters, frozen=True, kw_only=True):
    """Which holds end a bet, and when it is refunded.

    With `refunds` false nothing is: what is open is settled. Else it is refunded if its event had
    not begun when the hold did, and by at least `least_before` (ISO 8601) if that is given.
    """

    kinds: tuple[str, ...]
    refunds: bool = False
    least_before: str = ""


def judge(case: Case, rule: PackRule, parameters: OpenBetRule) -> Iterable[Finding]:
    """Say what is owed for a bet; a bet placed after the hold began is not looked at."""
    bet = case.request
    if not isinstance(bet, OpenBet):
        return
    holds = in_force(case.standing, case.at_us, parameters.kinds)
    since_us = min((hold.since_us for hold in holds), default=None)
    if since_us is None or bet.placed_us > since_us:
        return
    inputs = {
        "bet_ref": bet.bet_ref,
        "amount": case.text(bet.amount),
        "since": case.local(since_us),
    }
    if bet.starts_us is not None:
        inputs["starts"] = case.local(bet.starts_us)
    if bet.starts_us is None or not parameters.refunds:
        yield Finding(rule.id, Effect.RECORD, "BET_SETTLES", "BY_ITS_RULES", inputs)
    elif _is_refunded(case, parameters, since_us, bet.starts_us):
        within = rule.action.deadline
        yield Finding(
            rule.id, Effect.DUTY, "BET_REFUND", "", inputs, duty=rule.action.duty or REFUND,
            due_us=case.later(within, since_us) if within else case.at_us,
        )  # fmt: skip
    else:
        yield Finding(rule.id, Effect.RECORD, "BET_STANDS", "NO_REFUND_DUE", inputs)


def _is_refunded(case: Case, parameters: OpenBetRule, since_us: int, starts_us: int) -> bool:
    least = parameters.least_before
    return since_us < starts_us and (not least or case.later(least, since_us) <= starts_us)


OPEN_BET = Check(
    name="open_bet",
    on=(OpenBet,),
    parameters=OpenBetRule,
    judge=judge,
    says=(
        "A bet open when its player is excluded is settled by its rules, or refunded where the "
        "rule wants it and its event was far enough ahead."
    ),
)
