"""A check that was made serves for a while: crossing again calls for none. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.compliance.bands import Band
from core.compliance.check import Case, Check, Parameters
from core.compliance.checks.threshold import done_mark, sums_reached
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.money import Deposit


class CheckReused(Parameters, frozen=True, kw_only=True):
    """Which `duty` of which rule (`excuses`) one that was done serves for, and how long."""

    excuses: str
    duty: str
    lasts: str
    bounds: tuple[Band, ...]
    event: str


def _judge(case: Case, rule: PackRule, parameters: CheckReused) -> Iterable[Finding]:
    done_us = case.standing.marks.get(done_mark(parameters.duty))
    if done_us is None or case.at_us >= case.later(parameters.lasts, done_us):
        return ()
    reached = next(sums_reached(case, rule.measure, parameters.bounds, {}))
    if not reached.is_crossing:
        return ()
    inputs: dict[str, Any] = reached.inputs(case, rule.measure)
    inputs["checked_at"] = case.local(done_us)
    return (
        Finding(
            rule.id, Effect.RECORD, parameters.event, "", inputs, if_decision=("allow",),
            excuses=parameters.excuses,
        ),
    )  # fmt: skip


CHECK = Check(
    name="check_reused",
    on=(Deposit,),
    parameters=CheckReused,
    judge=_judge,
    says="Uses a check made before, while it is good, in place of a new one.",
)
