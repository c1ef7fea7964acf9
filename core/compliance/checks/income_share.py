"""Deposits beside what a player earns, or declined for lack of money. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from core.compliance.affordable import income_of
from core.compliance.check import Case, Check, Parameters
from core.compliance.duties import is_open
from core.compliance.finding import Effect, Finding
from core.compliance.measure import exceeds
from core.compliance.pack import PackRule
from core.compliance.requests.money import Deposit, DepositFailed
from core.compliance.used import deposited


class IncomeShare(Parameters, frozen=True, kw_only=True):
    """At which per cent of verified net monthly income, and after which decline codes."""

    percent: int
    declined: tuple[str, ...] = ("insufficient_funds",)


def _judge(case: Case, rule: PackRule, parameters: IncomeShare) -> Iterable[Finding]:
    request = case.request
    if is_open(case.standing, rule.action.duty, rule):
        return ()
    if isinstance(request, DepositFailed):
        return _declined(case, rule, request, parameters)
    return _deposit(case, rule, parameters)


def _deposit(case: Case, rule: PackRule, parameters: IncomeShare) -> Iterator[Finding]:
    asked: Any = case.request
    income = income_of(case.standing, case.at_us)
    if income is None:
        return
    before, start_us = deposited(case, rule.measure)
    after, most = before + asked.amount, parameters.percent * income
    how = rule.measure.comparator
    if exceeds(100 * before, most, how) or not exceeds(100 * after, most, how):
        return
    inputs = {
        "net": case.text(after), "income": case.text(income), "percent": parameters.percent,
        "window_start": None if start_us is None else case.local(start_us),
        "window_end": case.local(case.at_us),
    }  # fmt: skip
    yield _duty(case, rule, "INCOME_SHARE", inputs)


def _declined(
    case: Case, rule: PackRule, failed: DepositFailed, parameters: IncomeShare
) -> Iterator[Finding]:  # fmt: skip
    if failed.code in parameters.declined:
        yield _duty(case, rule, "DEPOSIT_DECLINED", {"code": failed.code})


def _duty(case: Case, rule: PackRule, event: str, inputs: dict[str, Any]) -> Finding:
    due_us = case.later(rule.action.deadline) if rule.action.deadline else None
    return Finding(
        rule.id, Effect.DUTY, event, "", inputs, duty=rule.action.duty, due_us=due_us,
        if_decision=("allow",),
    )  # fmt: skip


CHECK = Check(
    name="income_share",
    on=(Deposit, DepositFailed),
    parameters=IncomeShare,
    judge=_judge,
    says=(
        "Calls for an interview when net deposits come to a share of verified income, or when a "
        "deposit is declined for lack of money."
    ),
)
