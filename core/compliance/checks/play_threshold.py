"""Stakes, or wins, come to an amount at which somebody must do something. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.compliance.check import Case, Check, Parameters
from core.compliance.checks.threshold import asked_mark
from core.compliance.duties import is_open
from core.compliance.finding import Effect, Finding
from core.compliance.measure import exceeds
from core.compliance.pack import PackRule
from core.compliance.requests.money import Stake, StakeSettled


class PlayThreshold(Parameters, frozen=True, kw_only=True):
    """The amount, in the pack's currency, that stakes or wins of a relationship come to."""

    amount: str
    event: str


def _judge(case: Case, rule: PackRule, parameters: PlayThreshold) -> Iterable[Finding]:
    asked: Any = case.request
    standing = case.standing
    is_stake = isinstance(asked, Stake)
    after = (standing.accrued_stakes if is_stake else standing.accrued_wins) + asked.amount
    if after < 1 or not exceeds(after, case.units(parameters.amount), rule.measure.comparator):
        return ()
    duty = rule.action.duty
    if asked_mark(duty) in standing.marks or is_open(standing, duty, rule):
        return ()
    inputs = {
        "aggregate": "stakes" if is_stake else "wins", "sum": case.text(after),
        "threshold": parameters.amount, "basis": rule.measure.window.type,
    }  # fmt: skip
    due_us = case.later(rule.action.deadline) if rule.action.deadline else None
    return (
        Finding(
            rule.id, Effect.DUTY, parameters.event, "", inputs, duty=duty, due_us=due_us,
            mark=asked_mark(duty), if_decision=("allow",),
        ),
    )  # fmt: skip


CHECK = Check(
    name="play_threshold",
    on=(Stake, StakeSettled),
    parameters=PlayThreshold,
    judge=_judge,
    says="Raises a duty once the stakes or the wins of a relationship come to an amount.",
)
