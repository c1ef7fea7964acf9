"""A marker of harm is met: the pack says who must do what by when. Way: judge -> here -> duties.

Deadlines run from the instant of detection. What the platform does by itself is done at once; what
a person must do is a duty. Play that was stopped stays so until a person clears it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from core.compliance.check import Case, Check, Parameters
from core.compliance.duties import done_by, is_cleared
from core.compliance.evaluating import EVALUATE, evaluation
from core.compliance.finding import Effect, Finding
from core.compliance.markers import Answer, answer_of
from core.compliance.pack import PackRule
from core.compliance.requests.money import Stake
from core.compliance.requests.protection import DutyDone, MarkerMet
from core.compliance.steps import cleared, stopped, taken
from core.compliance.visits import may_finish


class Interventions(Parameters, frozen=True, kw_only=True):
    """`markers` are those the rule watches, none meaning all; `break_length` that of a break.

    `evaluate_after` is how long after an interaction its effect is looked at, "" where another rule
    says it. Without an intervention in the pack for a marker, staff has the rule's own deadline.
    """

    markers: tuple[str, ...] = ()
    evaluate_after: str = ""
    break_length: str = "PT24H"


def _judge(case: Case, rule: PackRule, parameters: Interventions) -> Iterable[Finding]:
    request = case.request
    if isinstance(request, Stake):
        return () if may_finish(case) else stopped(case, rule, parameters.break_length)
    if isinstance(request, DutyDone):
        return _acted(case, rule, parameters, request)
    if isinstance(request, MarkerMet) and _watches(parameters, request):
        return _met(case, rule, parameters, request)
    return ()


def _watches(parameters: Interventions, met: MarkerMet) -> bool:
    return not parameters.markers or met.marker in parameters.markers


def _met(
    case: Case, rule: PackRule, parameters: Interventions, met: MarkerMet
) -> Iterator[Finding]:  # fmt: skip
    said = {**met.values, "marker": met.marker, "is_strong": met.is_strong}
    answer = answer_of(case, rule, met)
    if answer is None:
        yield Finding(rule.id, Effect.RECORD, "MARKER", "", said)
        return
    said |= {"level": answer.level, "steps": ", ".join(answer.steps)}
    if answer.needs_person:
        yield _duty(rule, answer, said)
    else:
        yield Finding(rule.id, Effect.RECORD, "MARKER", "", said)
        if parameters.evaluate_after:
            yield evaluation(case, rule, (rule.id,), parameters.evaluate_after, said)
    yield from taken(case, rule, answer.steps, parameters.break_length)


def _duty(rule: PackRule, answer: Answer, said: dict[str, Any]) -> Finding:
    return Finding(
        rule.id, Effect.DUTY, "INTERVENTION_DUE", "", said,
        duty=rule.action.duty or "intervene", due_us=answer.due_us,
    )  # fmt: skip


def _acted(
    case: Case, rule: PackRule, parameters: Interventions, done: DutyDone
) -> Iterator[Finding]:  # fmt: skip
    """Open the look at what came of it; take back what a person ends."""
    is_ours = any(duty.rule == rule.id for duty in done_by(case.standing, done))
    if is_ours and done.duty_kind != EVALUATE and parameters.evaluate_after:
        said = {"interaction": done.duty_kind, "result": done.result}
        yield evaluation(case, rule, (rule.id,), parameters.evaluate_after, said)
    if is_cleared(case, rule):
        yield from cleared(case, rule, done.staff_id)


CHECK = Check(
    "intervention", (DutyDone, MarkerMet, Stake), Interventions, _judge,
    says="A marker of harm is answered by the steps and within the time the pack gives for it; "
    "play that was stopped stays so until a person clears it.",
)  # fmt: skip
