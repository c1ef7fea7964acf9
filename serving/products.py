"""Which score is for whom. Way: here -> what an answer may hold. What is not listed is for risk."""

from __future__ import annotations

from serving.auth import Scope

VALUE_SCORES = frozenset({"churn_30d", "ltv_180d"})  # held back when a player is protected
HARM_SCORE = "harm_90d"


def may_see(scope: Scope, model: str, *, is_suppressed: bool) -> bool:
    """Say whether a scope may see a model's score.

    >>> may_see(Scope.CRM, "harm_90d", is_suppressed=False)
    False
    >>> may_see(Scope.RISK, "ltv_180d", is_suppressed=True)
    False
    """
    if model in VALUE_SCORES:
        return not is_suppressed
    return scope is Scope.RISK
