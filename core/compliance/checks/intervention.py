"""A marker of harm is met: the pack says who must do what by when. Way: judge -> here -> duties.

Deadlines run from the instant of detection. What a machine does at once (messages, no more offers,
a stop) is done at once; what a person must do is a duty. A stop ends when a person clears it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.compliance.calendar import exact_us
from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.duties import done_by, is_cleared
from core.compliance.evaluating import EVALUATE, evaluation
from core.compliance.finding import Effect, Finding
from core.compliance.markers import Answer, answer_of
from core.compliance.pack import PackRule
from core.compliance.requests.money import Stake
from core.compliance.requests.protection import DutyDone, MarkerMet
from core.compliance.visits import may_finish

STOPS = {
    "suppress_marketing": "MKT_STOPPED",
    "suppress_bonus": "BONUS_STOPPED",
    "block_play": "PLAY_STOPPED",
}
"""Steps that set a mark of their name, until a person clears it, with the event they write."""
TOLD = {"message": "PLAYER_MESSAGE", "offer_limit": "LIMIT_OFFERED"}
BREAK = "care_break"


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
    if isinstance(request, MarkerMet):
        if not parameters.markers or request.marker in parameters.markers:
            yield from _met(case, rule, parameters, request)
    elif isinstance(request, Stake):
        yield from _stopped(case, rule, parameters)
    elif isinstance(request, DutyDone):
        yield from _acted(case, rule, parameters, request)


def _acted(
    case: Case, rule: PackRule, parameters: Interventions, done: DutyDone
) -> Iterator[Finding]:  # fmt: skip
    """Open the look at what came of it; take back what a person ends."""
    is_ours = any(duty.rule == rule.id for duty in done_by(case.standing, done))
    if is_ours and done.duty_kind != EVALUATE and parameters.evaluate_after:
        said: dict[str, object] = {"interaction": done.duty_kind, "result": done.result}
        yield evaluation(case, rule, (rule.id,), parameters.evaluate_after, said)
    if is_cleared(case, rule):
        for mark in filter(case.standing.has_mark, STOPS):
            cleared = {"step": mark, "reviewer": done.staff_id}
            yield Finding(
                rule.id, Effect.RECORD, "STOP_CLEARED", "", cleared, mark=f"{mark}_cleared"
            )


def _met(
    case: Case, rule: PackRule, parameters: Interventions, met: MarkerMet
) -> Iterator[Finding]:
    said = {**met.values, "marker": met.marker, "is_strong": met.is_strong}
    answer = answer_of(case, rule, met)
    if answer is None:
        yield Finding(rule.id, Effect.RECORD, "MARKER", "", said)
        return
    said |= {"level": answer.level, "steps": ", ".join(answer.steps)}
    yield from _duty(case, rule, parameters, answer, said)
    for step in answer.steps:
        if step in STOPS:
            yield Finding(rule.id, Effect.RECORD, STOPS[step], "", {"step": step}, mark=step)
        elif step in TOLD:
            yield Finding(rule.id, Effect.NOTIFY, TOLD[step], "CARE_MESSAGE", {"step": step})
        elif step == "break":
            until_us = case.at_us + exact_us(parameters.break_length)
            yield Finding(rule.id, Effect.BREAK, "BREAK_START", "BREAK", {}, until_us, mark=BREAK)


def _duty(
    case: Case, rule: PackRule, parameters: Interventions, answer: Answer, said: dict[str, object]
) -> Iterator[Finding]:  # fmt: skip
    """Yield what a person must do; what needs none is done now and looked at again later."""
    if not answer.needs_person:
        yield Finding(rule.id, Effect.RECORD, "MARKER", "", said)
        if parameters.evaluate_after:
            yield evaluation(case, rule, (rule.id,), parameters.evaluate_after, said)
        return
    duty = rule.action.duty or "intervene"
    yield Finding(
        rule.id, Effect.DUTY, "INTERVENTION_DUE", "", said, duty=duty, due_us=answer.due_us
    )


def _stopped(case: Case, rule: PackRule, parameters: Interventions) -> Iterator[Finding]:
    standing = case.standing
    if may_finish(case):
        return
    if standing.has_mark("block_play"):
        yield refusal(rule, "STAKE_REFUSED", "PLAY_STOPPED")
    until_us = standing.marks.get(BREAK, -(10**18)) + exact_us(parameters.break_length)
    if case.at_us < until_us:
        yield Finding(rule.id, Effect.REFUSE, "STAKE_REFUSED", "BREAK", {}, until_us)


CHECK = Check(
    "intervention", (DutyDone, MarkerMet, Stake), Interventions, _judge,
    says="A marker of harm is answered by the steps and within the time the pack gives for it; "
    "play that was stopped stays so until a person clears it.",
)  # fmt: skip
