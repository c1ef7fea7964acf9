"""No money from player to player. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Finding
from core.compliance.pack import PackRule
from core.compliance.requests.money import Transfer


class TransferBan(Parameters, frozen=True, kw_only=True):
    """Nothing to set."""


def _judge(case: Case, rule: PackRule, _parameters: TransferBan) -> Iterable[Finding]:
    asked: Any = case.request
    said = {"amount": case.text(asked.amount)}
    return (refusal(rule, "TRANSFER_REFUSED", "NO_TRANSFERS", **said),)


CHECK = Check(
    name="transfer_ban",
    on=(Transfer,),
    parameters=TransferBan,
    judge=_judge,
    says="Refuses every transfer from one player to another.",
)
