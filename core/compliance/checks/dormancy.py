"""An account nobody used for long is dormant. Way: packs -> here -> mark, duty.

What counts is what the patron does himself (mark `active`), not what the house does for him. Days
are counted, not hours: the daily look at the anniversary finds it.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import DayPassed, Login

DORMANT = "dormant"


class DormancyRule(Parameters, frozen=True, kw_only=True):
    """How long without activity, ISO 8601 in days, months or years."""

    after: str


def judge(case: Case, rule: PackRule, parameters: DormancyRule) -> Iterator[Finding]:
    """Find an account dormant on the day, once; and say when its owner is back."""
    marks = case.standing.marks
    active_us = marks.get("active", case.standing.opened_us)
    since_us = marks.get(DORMANT)
    is_dormant = since_us is not None and since_us >= active_us
    inputs = {"last_activity": case.local(active_us)}
    if isinstance(case.request, Login):
        if is_dormant:
            yield Finding(rule.id, Effect.RECORD, "DORMANT_RETURNED", "", inputs)
        return
    start_us = case.zone.day_start(case.zone.local(active_us).date())
    if is_dormant or case.at_us < case.later(parameters.after, start_us):
        return
    yield Finding(rule.id, Effect.RECORD, "DORMANT", "", inputs, mark=DORMANT)
    if rule.action.duty:
        within = rule.action.deadline
        yield Finding(
            rule.id, Effect.DUTY, rule.action.duty.upper(), "", inputs, duty=rule.action.duty,
            due_us=case.later(within) if within else None,
        )  # fmt: skip


DORMANCY = Check(
    name="dormancy",
    on=(DayPassed, Login),
    parameters=DormancyRule,
    judge=judge,
    says="An account its owner has not used for the time given is dormant until he is back.",
)
