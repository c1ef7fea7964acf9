"""A deposit limit that counts all operators, kept by a register. Way: packs -> here -> verdict.

What the register says is used, what was paid in here since, and what is asked for stay within each
period's limit. Gross: withdrawals make no room. The lowest room binds; the message says that it is
the joint limit, not the operator's own. Frames are the rule's measure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.measure import exceeds
from core.compliance.pack import PackRule
from core.compliance.register_word import register_in_use, word_of
from core.compliance.requests.holds import RegisterAnswered
from core.compliance.requests.money import Deposit
from core.compliance.standing import RegisterState


class CentralLimitRule(Parameters, frozen=True, kw_only=True):
    """The register, the event of each query, and the limits of who has set none, by period."""

    register: str
    event: str
    reason: str = "LIMIT_ALL_OPERATORS"
    defaults: dict[str, str] = msgspec.field(default_factory=dict)


def judge(case: Case, rule: PackRule, parameters: CentralLimitRule) -> Iterator[Finding]:
    """Write down what the register said, or judge a deposit by it."""
    request = case.request
    if isinstance(request, RegisterAnswered):
        if request.register == parameters.register:
            yield from _answered(case, rule, parameters, request)
        return
    register = register_in_use(case, parameters.register)
    if register is None or not isinstance(request, Deposit):
        return
    for period in rule.measure.window.frames:
        state = _state(case, parameters.register, period)
        word = word_of(case, register, state, "deposit")
        fault = word.fault or ("stale" if _is_of_before(case, period, state) else "")
        if state is None or fault or (state.status != "missing" and state.used is None):
            yield _unavailable(rule, parameters, state, fault or "unreadable")
            return
        limit = _limit(case, parameters, state, period)
        if limit is None:
            yield _missing(rule, parameters, period)
        else:
            yield from _compared(case, rule, parameters, (period, limit, state))


def _state(case: Case, register: str, period: str) -> RegisterState | None:
    registers = case.standing.registers
    return registers.get(f"{register}:{period}") or registers.get(register)


def _is_of_before(case: Case, period: str, state: RegisterState | None) -> bool:
    """Say whether an answer speaks of a frame that is over."""
    return state is not None and state.at_us < case.frame(period).start_us


def _limit(
    case: Case, parameters: CentralLimitRule, state: RegisterState, period: str
) -> int | None:  # fmt: skip
    if state.limit is not None and state.status != "missing":
        return state.limit
    default = parameters.defaults.get(period)
    return None if default is None else case.units(default)


def _compared(
    case: Case, rule: PackRule, parameters: CentralLimitRule, known: tuple[str, int, RegisterState]
) -> Iterator[Finding]:
    period, limit, state = known
    requested = case.request.amount if isinstance(case.request, Deposit) else 0
    used = (state.used or 0) + state.own
    remaining = max(0, limit - used)
    frame = case.frame(period)
    inputs: dict[str, Any] = {
        "level": "all_operators", "period": period, "query_id": state.query_id,
        "window_start": case.local(frame.start_us), "window_end": case.local(frame.end_us),
        "used": case.text(used), "limit": case.text(limit), "requested": case.text(requested),
        "remaining": case.text(remaining),
    }  # fmt: skip
    yield Finding(rule.id, Effect.RECORD, parameters.event, "", inputs)
    if exceeds(used + requested, limit, rule.measure.comparator):
        binding = {"binding_limit": f"all_operators:{period}", "room_units": remaining}
        said = inputs | binding
        until_us = frame.end_us
        yield Finding(
            rule.id, Effect.REFUSE, "DEPOSIT_REFUSED", parameters.reason, said, until_us=until_us
        )


def _answered(
    case: Case, rule: PackRule, parameters: CentralLimitRule, answer: RegisterAnswered
) -> Iterator[Finding]:
    if answer.status == "unavailable":
        return  # the rule on silence says so
    inputs: dict[str, Any] = {
        "register": answer.register, "query_id": answer.query_id, "status": answer.status,
        "period": answer.period,
    }  # fmt: skip
    if answer.used is not None:
        inputs["used"] = case.text(answer.used)
    if answer.limit is not None:
        inputs["limit"] = case.text(answer.limit)
        inputs["remaining"] = case.text(max(0, answer.limit - (answer.used or 0)))
    yield Finding(rule.id, Effect.RECORD, parameters.event, "", inputs)


def _unavailable(
    rule: PackRule, parameters: CentralLimitRule, state: RegisterState | None, fault: str
) -> Finding:
    why = fault if state is None else state.reason or fault
    inputs = {"register": parameters.register, "why": why}
    reason = f"REGISTER_{fault.upper()}"
    return Finding(rule.id, Effect.REFUSE, "REGISTER_UNAVAILABLE", reason, inputs)


def _missing(rule: PackRule, parameters: CentralLimitRule, period: str) -> Finding:
    inputs = {"register": parameters.register, "period": period}
    return Finding(rule.id, Effect.REFUSE, "LIMIT_MISSING", "LIMIT_MISSING", inputs)


CENTRAL_LIMIT = Check(
    name="central_limit",
    on=(RegisterAnswered, Deposit),
    parameters=CentralLimitRule,
    judge=judge,
    says=(
        "What was paid in at all operators, what was paid in here since the register was asked, "
        "and what is asked for stay within the joint limit of each period; without an answer "
        "nothing is paid in."
    ),
)
