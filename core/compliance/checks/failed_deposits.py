"""Deposits that fail one after the other are looked into. Way: judge -> here.

Failures count as in a row until one deposit arrives (fold `attempts`); those before a person
cleared the block count no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.compliance.calendar import exact_us
from core.compliance.check import Case, Check, Parameters
from core.compliance.duties import is_cleared
from core.compliance.finding import Effect, Finding
from core.compliance.measure import exceeds
from core.compliance.pack import PackRule
from core.compliance.requests.money import Deposit, DepositFailed
from core.compliance.requests.protection import DutyDone

MARK = "deposits_blocked"
TRIES = "deposit_failed"


class FailedDeposits(Parameters, frozen=True, kw_only=True):
    """How many failures in a row within the rule's window, and how long they block.

    `blocks_for` is ISO 8601; "" until a person has cleared it. Clearing ends it in any case.
    """

    count: int
    blocks_for: str = ""


def _judge(case: Case, rule: PackRule, parameters: FailedDeposits) -> Iterable[Finding]:
    request = case.request
    if isinstance(request, Deposit):
        return _deposit(case, rule, parameters)
    if isinstance(request, DepositFailed):
        return _failed(case, rule, parameters)
    return _of_duty(case, rule)


def _blocked_until(case: Case, parameters: FailedDeposits) -> tuple[bool, int | None]:
    """Return whether deposits are blocked, and until when; null until cleared."""
    if not case.standing.has_mark(MARK):
        return False, None
    if not parameters.blocks_for:
        return True, None
    until_us = case.later(parameters.blocks_for, case.standing.marks[MARK])
    return case.at_us < until_us, until_us


def _deposit(case: Case, rule: PackRule, parameters: FailedDeposits) -> Iterator[Finding]:
    is_blocked, until_us = _blocked_until(case, parameters)
    if is_blocked:
        inputs = {"blocked_at": case.local(case.standing.marks[MARK])}
        yield Finding(
            rule.id, Effect.REFUSE, "DEPOSIT_REFUSED", "FAILED_DEPOSITS", inputs, until_us=until_us
        )


def _failed(case: Case, rule: PackRule, parameters: FailedDeposits) -> Iterator[Finding]:
    if _blocked_until(case, parameters)[0]:
        return
    window = rule.measure.window.length
    after_us = case.at_us - exact_us(window)
    cleared_us = case.standing.marks.get(f"{MARK}_cleared")
    tries = [*case.standing.attempts.get(TRIES, ()), case.at_us]
    counted = [
        at_us for at_us in tries
        if at_us > after_us and (cleared_us is None or at_us > cleared_us)
    ]  # fmt: skip
    if not exceeds(len(counted), parameters.count, rule.measure.comparator):
        return
    until_us = case.later(parameters.blocks_for) if parameters.blocks_for else None
    inputs = {
        "attempts": len(counted), "first": case.local(counted[0]), "last": case.local(case.at_us),
        "window": window,
    }  # fmt: skip
    yield Finding(
        rule.id, Effect.DUTY, "DEPOSITS_BLOCKED", "FAILED_DEPOSITS", inputs, until_us=until_us,
        duty=rule.action.duty, mark=MARK,
    )  # fmt: skip


def _of_duty(case: Case, rule: PackRule) -> Iterator[Finding]:
    if is_cleared(case, rule) and case.standing.has_mark(MARK):
        yield Finding(
            rule.id, Effect.RECORD, "DEPOSITS_FREED", "", {"by": case.request.staff_id},
            mark=f"{MARK}_cleared",
        )  # fmt: skip


CHECK = Check(
    name="failed_deposits",
    on=(Deposit, DepositFailed, DutyDone),
    parameters=FailedDeposits,
    judge=_judge,
    says=(
        "Blocks deposits, and has them looked into, after so many failures in a row within a "
        "window; a person's word or time frees them."
    ),
)
