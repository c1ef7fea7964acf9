"""A withdrawal is paid, and it is written down that it was. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.money import WithdrawalPaid


class Paid(Parameters, frozen=True, kw_only=True):
    """Nothing to set."""


def _judge(case: Case, rule: PackRule, _parameters: Paid) -> Iterable[Finding]:
    request = case.request
    if isinstance(request, WithdrawalPaid):
        said = {"payment_id": request.payment_id, "amount": case.text(request.amount)}
        yield Finding(rule.id, Effect.RECORD, "WITHDRAWAL_PAID", "", said)


CHECK = Check(
    "withdrawal_paid", (WithdrawalPaid,), Paid, _judge,
    says="Limits, breaks and exclusions never stop a withdrawal; each that was paid is written "
    "down.",
)  # fmt: skip
