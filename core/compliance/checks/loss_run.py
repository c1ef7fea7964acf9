"""Week after week the same loss. Way: judge -> here.

The weekly reading, each of the weeks at or beyond the amount, is acted on. The other reading, the
weeks together beyond as many times the amount, is computed and written down beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.compliance.bands import Band, bound_for
from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.loss_weeks import finished_weeks, week_start
from core.compliance.measure import exceeds
from core.compliance.pack import PackRule
from core.compliance.requests.account import DayPassed, Login
from core.compliance.requests.money import Deposit


class LossRun(Parameters, frozen=True, kw_only=True):
    """How many weeks running, the amount a week by age, and the mark and event that follow."""

    weeks: int
    bounds: tuple[Band, ...]
    mark: str
    event: str


def _judge(case: Case, rule: PackRule, parameters: LossRun) -> Iterable[Finding]:
    if not (case.standing.weeks or "week" in case.standing.sums):
        return
    weeks = finished_weeks(case, parameters.weeks)
    bound = bound_for(case, parameters.bounds)
    how = rule.measure.comparator
    total = sum(loss for _, loss in weeks)
    by_week = all(exceeds(loss, bound, how) for _, loss in weeks)
    by_total = exceeds(total, bound * parameters.weeks, how)
    mark = parameters.mark if by_week else f"{parameters.mark}_by_total"
    if not (by_week or by_total) or case.standing.marks.get(mark, -1) >= week_start(case):
        return
    inputs = {
        "weeks": {case.local(start_us)[:10]: case.text(loss) for start_us, loss in weeks},
        "threshold": case.text(bound), "total": case.text(total), "age": case.age,
        "by_week": by_week, "by_total": by_total,
    }  # fmt: skip
    if by_week:
        yield _duty(case, rule, parameters, inputs)
    else:
        yield Finding(rule.id, Effect.RECORD, f"{parameters.event}_BY_TOTAL", "", inputs, mark=mark)


def _duty(case: Case, rule: PackRule, parameters: LossRun, inputs: dict[str, Any]) -> Finding:
    due_us = case.later(rule.action.deadline) if rule.action.deadline else None
    return Finding(
        rule.id, Effect.DUTY, parameters.event, "", inputs, duty=rule.action.duty, due_us=due_us,
        mark=parameters.mark,
    )  # fmt: skip


CHECK = Check(
    name="loss_run",
    on=(DayPassed, Deposit, Login),
    parameters=LossRun,
    judge=_judge,
    says=(
        "Marks a player, and raises a duty, when his net loss was at or beyond an amount in each "
        "of so many weeks running."
    ),
)
