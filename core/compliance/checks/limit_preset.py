"""A limit is the player's own idea. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Finding
from core.compliance.pack import PackRule
from core.compliance.requests.limits import LimitAsked


class LimitPreset(Parameters, frozen=True, kw_only=True):
    """Nothing to set."""


def preset(case: Case, rule: PackRule) -> Iterable[Finding]:
    """Refuse a limit that was suggested or filled in before the player chose."""
    asked: Any = case.request
    if not asked.is_suggested:
        return ()
    said = {"aggregate": asked.limit, "period": asked.period}
    return (refusal(rule, "LIMIT_REFUSED", "LIMIT_SUGGESTED", **said),)


def _judge(case: Case, rule: PackRule, _parameters: LimitPreset) -> Iterable[Finding]:
    return preset(case, rule)


CHECK = Check(
    name="limit_preset",
    on=(LimitAsked,),
    parameters=LimitPreset,
    judge=_judge,
    says="Refuses a limit whose amount the operator suggested or filled in.",
)
