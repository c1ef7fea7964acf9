"""Which requests a rule's `action.target` means. Way: packs -> here -> checks."""

from __future__ import annotations

from collections.abc import Mapping

from core.compliance.pack import PackRule
from core.compliance.request import Request
from core.compliance.requests.account import Login, PlayAsked, Registration
from core.compliance.requests.money import (
    BonusGrant,
    Deposit,
    Stake,
    Transfer,
    Withdrawal,
    WithdrawalReversal,
)
from core.compliance.requests.offers import Marketing

TARGETS: Mapping[str, tuple[type[Request], ...]] = {
    "bonus": (BonusGrant,),
    "deposit": (Deposit,),
    "login": (Login,),
    "marketing": (Marketing,),
    "play": (Stake, PlayAsked),
    "registration": (Registration,),
    "stake": (Stake,),
    "transfer": (Transfer,),
    "withdrawal": (Withdrawal,),
    "withdrawal_reversal": (WithdrawalReversal,),
}


def is_target(rule: PackRule, request: Request) -> bool:
    """Say whether a rule's action is about a request."""
    return any(isinstance(request, TARGETS.get(name, ())) for name in rule.action.target)
