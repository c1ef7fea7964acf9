"""What a hold can keep a player from, by word. Way: requests -> here -> hold, register checks."""

from __future__ import annotations

from typing import Literal

from core.compliance.pack import PackRule
from core.compliance.request import Request
from core.compliance.requests.account import Login, PlayAsked, Registration
from core.compliance.requests.limits import LimitAsked, LimitConfirmed
from core.compliance.requests.money import BonusGrant, Deposit, Stake, WithdrawalReversal
from core.compliance.requests.offers import Marketing

Bar = Literal["registration", "login", "deposit", "stake", "bonus", "marketing", "limit_change"]
NEUTRAL = "suppressed"
"""What whoever sends or gives is told, whatever the reason is; that stands in the log alone."""
BARRED: dict[type[Request], tuple[Bar, str]] = {
    Registration: ("registration", "REGISTRATION_REFUSED"),
    Login: ("login", "LOGIN_REFUSED"),
    PlayAsked: ("stake", "PLAY_REFUSED"),
    Stake: ("stake", "STAKE_REFUSED"),
    Deposit: ("deposit", "DEPOSIT_REFUSED"),
    WithdrawalReversal: ("deposit", "WD_CANCEL_REFUSED"),
    BonusGrant: ("bonus", "BONUS_REFUSED"),
    Marketing: ("marketing", "MKT_SUPPRESSED"),
    LimitAsked: ("limit_change", "LIMIT_CHANGE_REFUSED"),
    LimitConfirmed: ("limit_change", "LIMIT_CHANGE_REFUSED"),
}
"""Requests by what they are, and the event of their refusal. A withdrawal is none of them."""


def bars(rule: PackRule, bar: Bar) -> bool:
    """Say whether what a rule's action aims at includes a thing a player may want to do."""
    return bar in rule.action.target


def reason_of(bar: Bar, reason: str) -> str:
    """Return what the asker is told: of a message or a bonus, only that it is not to be."""
    return NEUTRAL if bar in ("marketing", "bonus") else reason
