"""A break or exclusion that runs is not undone. Way: packs -> here -> verdict."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.held import in_force, longest
from core.compliance.pack import PackRule
from core.compliance.requests.holds import LiftAsked, LiftDecided, ReturnConfirmed, UndoAsked

_WAYS_OF_THEIR_OWN = "operator_exclusion"
"""The kind whose ways back are rules of their own: an act, a decision, a new registration."""
_EVENTS = {
    UndoAsked: "UNDO_REFUSED", LiftAsked: "LIFT_REFUSED", LiftDecided: "LIFT_DECISION_REFUSED",
    ReturnConfirmed: "RETURN_REFUSED",
}  # fmt: skip


def judge(case: Case, rule: PackRule, _parameters: Parameters) -> Iterable[Finding]:
    """Refuse the wish to be rid of a hold in force."""
    request = case.request
    if not isinstance(request, UndoAsked | LiftAsked | LiftDecided | ReturnConfirmed):
        return
    held = longest(in_force(case.standing, case.at_us, (request.hold,) if request.hold else ()))
    if held is None or (held.kind == _WAYS_OF_THEIR_OWN and not isinstance(request, UndoAsked)):
        return
    reason = "ASK_THE_REGISTER" if held.ends_by == "register" else "RUNS"
    inputs = {"hold": held.kind, "since": case.local(held.since_us), "ends_by": held.ends_by}
    event = _EVENTS[type(request)]
    yield Finding(rule.id, Effect.REFUSE, event, reason, inputs, until_us=held.until_us)


HOLD_UNDO = Check(
    name="hold_undo",
    on=(UndoAsked, LiftAsked, LiftDecided, ReturnConfirmed),
    parameters=Parameters,
    judge=judge,
    says="No break or exclusion ends before its time because the player no longer wants it.",
)
