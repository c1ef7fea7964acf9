"""A withdrawal that was taken back is a marker of harm. Way: judge -> here -> log, markers."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.money import WithdrawalReversal

TRIED = "withdrawal_reversal"


class ReversalMarker(Parameters, frozen=True, kw_only=True):
    """The name the law gives the marker."""

    marker: str


def _judge(case: Case, rule: PackRule, parameters: ReversalMarker) -> Iterable[Finding]:
    request = case.request
    if isinstance(request, WithdrawalReversal):
        count = len(case.standing.attempts.get(TRIED, ())) + 1
        said = {
            "marker": parameters.marker, "value": case.text(request.amount), "count": count,
            "payment_id": request.payment_id,
        }  # fmt: skip
        yield Finding(
            rule.id, Effect.RECORD, "MARKER", "", said, if_decision=("allow",)
        )  # fmt: skip


CHECK = Check(
    "reversal_marker", (WithdrawalReversal,), ReversalMarker, _judge,
    says="Writes a marker for each withdrawal the player takes back; it forbids nothing.",
)  # fmt: skip
