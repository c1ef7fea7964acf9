"""Every interaction with a player is looked at again later. Way: judge -> here -> duties."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters
from core.compliance.duties import done_by
from core.compliance.evaluating import evaluation
from core.compliance.finding import Finding
from core.compliance.pack import PackRule
from core.compliance.requests.protection import DutyDone


class Evaluation(Parameters, frozen=True, kw_only=True):
    """The kinds of duty that are interactions, and how long after them they are looked at again."""

    of: tuple[str, ...]
    after: str


def _judge(case: Case, rule: PackRule, parameters: Evaluation) -> Iterable[Finding]:
    request = case.request
    if not isinstance(request, DutyDone) or request.duty_kind not in parameters.of:
        return
    rules = {duty.rule for duty in done_by(case.standing, request)}
    said = {"interaction": request.duty_kind, "result": request.result, "content": request.content}
    yield evaluation(case, rule, rules, parameters.after, said)


CHECK = Check(
    "evaluation", (DutyDone,), Evaluation, _judge,
    says="Each interaction that was done opens a duty to look at what came of it.",
)  # fmt: skip
