"""A strong sign of harm: act at once, and have a person review it. Way: judge -> here, marks fold.

The mark stands until a person clears it; what it bars (messages, bonuses) other rules say. What is
queued is stopped when it leaves; the sender is told at once as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.compliance.barring import NEUTRAL
from core.compliance.check import Case, Check, Parameters
from core.compliance.duties import is_cleared
from core.compliance.finding import Effect, Finding
from core.compliance.markers import answer_of
from core.compliance.pack import PackRule
from core.compliance.requests.protection import DutyDone, MarkerMet
from core.compliance.steps import cleared, taken

BY_THE_MARK = frozenset({"suppress_marketing", "suppress_bonus"})
"""Steps that the mark itself brings about."""


class StrongIndicator(Parameters, frozen=True, kw_only=True):
    """The mark it sets; how long a break lasts where the pack lets one follow, as interventions."""

    mark: str = "strong_indicator"
    break_length: str = "PT24H"


def _judge(case: Case, rule: PackRule, parameters: StrongIndicator) -> Iterable[Finding]:
    request, mark = case.request, parameters.mark
    if isinstance(request, MarkerMet) and request.is_strong:
        return _met(case, rule, parameters, request)
    if isinstance(request, DutyDone) and is_cleared(case, rule):
        return _cleared(case, rule, mark, request.staff_id)
    return ()


def _met(
    case: Case, rule: PackRule, parameters: StrongIndicator, met: MarkerMet
) -> Iterator[Finding]:  # fmt: skip
    said = {**met.values, "marker": met.marker}
    yield Finding(rule.id, Effect.RECORD, "RG_STRONG", "", said, mark=parameters.mark)
    answer = answer_of(case, rule, met)
    yield Finding(
        rule.id, Effect.DUTY, "REVIEW_OPEN", "", said, duty=rule.action.duty or "review",
        due_us=None if answer is None else answer.due_us,
    )  # fmt: skip
    queued = {"reason": parameters.mark, "campaigns": "queued"}
    yield Finding(rule.id, Effect.NOTIFY, "MKT_SUPPRESSED", NEUTRAL, queued)
    steps = () if answer is None else answer.steps
    left = [step for step in steps if step not in BY_THE_MARK]
    yield from taken(case, rule, left, parameters.break_length)


def _cleared(case: Case, rule: PackRule, mark: str, reviewer: str) -> Iterator[Finding]:
    if case.standing.has_mark(mark):
        said = {"reviewer": reviewer}
        yield Finding(rule.id, Effect.RECORD, "RG_STRONG_CLEARED", "", said, mark=f"{mark}_cleared")
    yield from cleared(case, rule, reviewer)


CHECK = Check(
    "strong_indicator", (DutyDone, MarkerMet), StrongIndicator, _judge,
    says="A strong indicator is marked at once, queued messages are stopped, and a review is "
    "opened for a person, who alone can clear it.",
)  # fmt: skip
