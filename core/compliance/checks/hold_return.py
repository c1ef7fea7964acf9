"""A way back from an exclusion, in a rule of its own. Way: packs -> here -> fold holds."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check
from core.compliance.finding import Finding
from core.compliance.hold_return import Back, findings_of_return
from core.compliance.pack import PackRule
from core.compliance.requests.account import Registration
from core.compliance.requests.holds import LiftAsked, LiftDecided, ReturnConfirmed


class ReturnRule(Back, frozen=True, kw_only=True):
    """The way back from holds of a kind."""

    kind: str


def judge(case: Case, rule: PackRule, parameters: ReturnRule) -> Iterable[Finding]:
    """Say what a rule on the way back says of a request."""
    return findings_of_return(case, rule, parameters.kind, parameters)


HOLD_RETURN = Check(
    name="hold_return",
    on=(LiftAsked, LiftDecided, ReturnConfirmed, Registration),
    parameters=ReturnRule,
    judge=judge,
    says=(
        "An exclusion ends by its own way alone: after a decision on a reasoned wish, or by the "
        "player's own act once its term is over, each with the waiting the rule names."
    ),
)
