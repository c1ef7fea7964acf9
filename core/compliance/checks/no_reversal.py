"""A withdrawal once asked for is not taken back to be played with. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Finding
from core.compliance.pack import PackRule
from core.compliance.requests.money import WithdrawalReversal


class NoReversal(Parameters, frozen=True, kw_only=True):
    """Nothing to set."""


def _judge(case: Case, rule: PackRule, _parameters: NoReversal) -> Iterable[Finding]:
    request = case.request
    if isinstance(request, WithdrawalReversal):
        said = {"payment_id": request.payment_id, "amount": case.text(request.amount)}
        yield refusal(rule, "WD_CANCEL_REFUSED", "WITHDRAWAL_FINAL", **said)


CHECK = Check(
    "no_reversal", (WithdrawalReversal,), NoReversal, _judge,
    says="A player cannot cancel a withdrawal he asked for.",
)  # fmt: skip
