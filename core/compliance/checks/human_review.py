"""A player contests what a machine did, and a person answers. Way: judge -> here -> duties."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.protection import HumanReviewAsked


class HumanReview(Parameters, frozen=True, kw_only=True):
    """Nothing to set: duty and deadline are the rule's action."""


def _judge(case: Case, rule: PackRule, _parameters: HumanReview) -> Iterable[Finding]:
    request = case.request
    if isinstance(request, HumanReviewAsked):
        due_us = case.later(rule.action.deadline) if rule.action.deadline else None
        yield Finding(
            rule.id, Effect.DUTY, "HUMAN_REVIEW_OPEN", "", {"about": request.about},
            duty=rule.action.duty or "human_review", due_us=due_us,
        )  # fmt: skip


CHECK = Check(
    "human_review", (HumanReviewAsked,), HumanReview, _judge,
    says="A player who contests an automated step is given a review by a person.",
)  # fmt: skip
