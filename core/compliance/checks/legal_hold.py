"""A withdrawal waits only for a basis in law that is on record. Way: judge -> here.

Why it waits stands in the log; the player is told in neutral words that it is being looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.money import Withdrawal


class LegalHold(Parameters, frozen=True, kw_only=True):
    """Nothing to set: the basis is what staff has recorded."""


def _judge(case: Case, rule: PackRule, _parameters: LegalHold) -> Iterable[Finding]:
    request, basis = case.request, case.standing.legal_hold
    if basis and isinstance(request, Withdrawal):
        said = {"basis": basis, "payment_id": request.payment_id}
        yield Finding(rule.id, Effect.HOLD, "WITHDRAWAL_HELD", "PENDING_REVIEW", said)


CHECK = Check(
    "legal_hold", (Withdrawal,), LegalHold, _judge,
    says="A withdrawal is held while a basis in law for it is on record, and for nothing else.",
    may_hold_withdrawals=True,
)  # fmt: skip
