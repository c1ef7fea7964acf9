"""At regular times a player is told how long he has played and what it cost. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import SECOND_US, exact_us
from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import Activity, MessageAcknowledged, RealityCheckAsked
from core.compliance.requests.money import Stake
from core.compliance.standing import Play
from core.compliance.visits import figures, may_finish, visit_of


class RealityCheck(Parameters, frozen=True, kw_only=True):
    """The interval, an ISO 8601 term.

    `every` "" leaves it to the player; `choices` are those he has, none meaning any. With
    `must_answer` no game starts until he has acknowledged the message.
    """

    every: str = ""
    choices: tuple[str, ...] = ()
    must_answer: bool = False


def _judge(case: Case, rule: PackRule, parameters: RealityCheck) -> Iterable[Finding]:
    if isinstance(case.request, RealityCheckAsked):
        yield from _choice(case, rule, parameters)
        return
    if isinstance(case.request, MessageAcknowledged):
        yield from _answered(case, rule)
        return
    visit = visit_of(case)
    if visit is None or visit.started_us is None:
        return
    every_us = _interval_us(visit, parameters)
    shown_us = visit.shown_us.get(rule.id)
    due_us = None if every_us is None else (shown_us or visit.started_us) + every_us
    is_due = due_us is not None and case.at_us >= due_us
    if is_due:
        said = {**figures(case, visit), "due": case.local(due_us or 0)}
        yield Finding(rule.id, Effect.NOTIFY, "REALITY_CHECK", "REALITY_CHECK", said)
    is_unanswered = shown_us is not None and visit.answered_us.get(rule.id, -1) < shown_us
    starts = isinstance(case.request, Stake) and not may_finish(case)
    if parameters.must_answer and starts and (is_due or is_unanswered):
        yield refusal(rule, "STAKE_REFUSED", "REALITY_CHECK")


def _interval_us(visit: Play, parameters: RealityCheck) -> int | None:
    if parameters.every:
        return exact_us(parameters.every)
    return None if visit.reality_s is None else visit.reality_s * SECOND_US


def _choice(case: Case, rule: PackRule, parameters: RealityCheck) -> Iterable[Finding]:
    request = case.request
    every_s = request.every_s if isinstance(request, RealityCheckAsked) else None
    if parameters.every or every_s is None:
        return
    offered = [exact_us(choice) // SECOND_US for choice in parameters.choices]
    if every_s <= 0 or (offered and every_s not in offered):
        choices = ", ".join(parameters.choices)
        yield refusal(rule, "REALITY_CHECK_REFUSED", "NO_SUCH_INTERVAL", choices=choices)


def _answered(case: Case, rule: PackRule) -> Iterable[Finding]:
    """Write down what the player chose; who wants to stop is logged out."""
    request = case.request
    if isinstance(request, MessageAcknowledged) and request.rule == rule.id:
        effect = Effect.END_SESSION if request.choice == "stop" else Effect.RECORD
        said = {"choice": request.choice}
        yield Finding(rule.id, effect, "REALITY_CHECK_ANSWERED", "", said)


CHECK = Check(
    "reality_check",
    (Activity, MessageAcknowledged, RealityCheckAsked, Stake), RealityCheck, _judge,
    says="At each interval of a visit the player is told its time, stakes, wins and net position; "
    "where he must answer, no game starts before he has.",
)  # fmt: skip
