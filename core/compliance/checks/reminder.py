"""From time to time a player is reminded of his account and of limits. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import DayPassed


class Reminding(Parameters, frozen=True, kw_only=True):
    """A reminder: its name, how often (ISO 8601); `only_without` names limits that spare it."""

    name: str
    every: str
    only_without: tuple[str, ...] = ()


class Reminders(Parameters, frozen=True, kw_only=True):
    """All that are given; each counts from the account's opening, then from the last one."""

    reminders: tuple[Reminding, ...]


def _judge(case: Case, rule: PackRule, parameters: Reminders) -> Iterable[Finding]:
    for one in parameters.reminders:
        mark = f"reminded:{one.name}"
        last_us = case.standing.marks.get(mark, case.standing.opened_us)
        if case.at_us < case.later(one.every, last_us) or _has_one(case, one.only_without):
            continue
        said = {"reminder": one.name}
        yield Finding(rule.id, Effect.NOTIFY, "REMINDER", one.name.upper(), said, mark=mark)


def _has_one(case: Case, limits: tuple[str, ...]) -> bool:
    return any(one.limit in limits and one.amount is not None for one in case.standing.limits)


CHECK = Check(
    "reminder", (DayPassed,), Reminders, _judge,
    says="Reminds the player in intervals, of what he was not reminded for so long.",
)  # fmt: skip
