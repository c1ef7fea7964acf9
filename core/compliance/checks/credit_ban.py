"""No deposit with borrowed money. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Finding
from core.compliance.pack import PackRule
from core.compliance.requests.money import Deposit


class CreditBan(Parameters, frozen=True, kw_only=True):
    """Of whom: of everybody, or of who bears a mark.

    Of the methods in `doubtful` credit is assumed where nobody says whether it is.
    """

    if_marked: str = ""
    doubtful: tuple[str, ...] = ("card",)


def _judge(case: Case, rule: PackRule, parameters: CreditBan) -> Iterable[Finding]:
    asked: Any = case.request
    is_doubtful = asked.is_credit is None and asked.method in parameters.doubtful
    if not (asked.is_credit or is_doubtful):
        return ()
    if parameters.if_marked and not case.standing.has_mark(parameters.if_marked):
        return ()
    said = {"method": asked.method, "is_credit": asked.is_credit, "mark": parameters.if_marked}
    reason = "CREDIT_UNKNOWN" if is_doubtful else "CREDIT"
    return (refusal(rule, "DEPOSIT_REFUSED", reason, **said),)


CHECK = Check(
    name="credit_ban",
    on=(Deposit,),
    parameters=CreditBan,
    judge=_judge,
    says="Refuses deposits paid with credit, and by card where nobody knows whether it is credit.",
)
