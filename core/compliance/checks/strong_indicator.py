"""A strong sign of harm: act at once, and have a person review it. Way: judge -> here, marks fold.

The mark stands until a person clears it; what it bars (messages, bonuses) other rules say. What is
queued is stopped when it leaves; the sender is told at once as well.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.barring import NEUTRAL
from core.compliance.check import Case, Check, Parameters
from core.compliance.duties import is_cleared
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.protection import DutyDone, MarkerMet


class StrongIndicator(Parameters, frozen=True, kw_only=True):
    """The mark it sets."""

    mark: str = "strong_indicator"


def _judge(case: Case, rule: PackRule, parameters: StrongIndicator) -> Iterable[Finding]:
    request = case.request
    if isinstance(request, MarkerMet) and request.is_strong:
        said = {**request.values, "marker": request.marker}
        due_us = case.later(rule.action.deadline) if rule.action.deadline else None
        yield Finding(rule.id, Effect.RECORD, "RG_STRONG", "", said, mark=parameters.mark)
        yield Finding(
            rule.id, Effect.DUTY, "REVIEW_OPEN", "", said,
            duty=rule.action.duty or "review", due_us=due_us,
        )  # fmt: skip
        yield Finding(
            rule.id, Effect.NOTIFY, "MKT_SUPPRESSED", NEUTRAL,
            {"reason": parameters.mark, "campaigns": "queued"},
        )  # fmt: skip
    elif is_cleared(case, rule) and case.standing.has_mark(parameters.mark):
        said = {"reviewer": case.request.staff_id}
        yield Finding(
            rule.id, Effect.RECORD, "RG_STRONG_CLEARED", "", said,
            mark=f"{parameters.mark}_cleared",
        )  # fmt: skip


CHECK = Check(
    "strong_indicator", (DutyDone, MarkerMet), StrongIndicator, _judge,
    says="A strong indicator is marked at once, queued messages are stopped, and a review is "
    "opened for a person, who alone can clear it.",
)  # fmt: skip
