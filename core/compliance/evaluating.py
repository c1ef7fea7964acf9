"""What was done about a player is looked at again later. Way: DutyDone -> here -> checks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from core.compliance.check import Case
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule

EVALUATE = "evaluate_intervention"


def evaluation(
    case: Case, rule: PackRule, of_rules: Collection[str], after: str, said: Mapping[str, Any]
) -> Finding:  # fmt: skip
    """Return the duty to evaluate an interaction that was opened by some rules.

    Where those have interventions in the pack the shortest term of these counts, else `after`.
    """
    terms = [one.evaluate_after for one in case.pack.interventions if one.rule in of_rules]
    due_us = min(case.later(term) for term in (terms or [after]))
    return Finding(rule.id, Effect.DUTY, "EVALUATION_OPEN", "", said, duty=EVALUATE, due_us=due_us)
