"""What needs a confirmed identity waits for it. Way: judge -> here.

A withdrawal is never refused for it: who asks for one unverified is to be verified by staff.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import PlayAsked
from core.compliance.requests.money import BonusGrant, Deposit, Stake, Withdrawal
from core.compliance.targets import is_target

Level = Literal["age", "basic", "full"]
LEVELS = ("", "age", "basic", "full")


class KycGate(Parameters, frozen=True, kw_only=True):
    """The least level of verification for what `action.target` names.

    `grace` is how long after registration it may be missing, `lasts` how long a verification is
    good for; ISO 8601, "" for no time and for ever.
    """

    level: Level = "full"
    grace: str = ""
    lasts: str = ""


def _judge(case: Case, rule: PackRule, parameters: KycGate) -> Iterable[Finding]:
    if not is_target(rule, case.request):
        return
    missing = _missing(case, parameters)
    if not missing:
        return
    said = {"level": case.standing.verified or "none", "needed": parameters.level}
    if isinstance(case.request, Withdrawal):
        due_us = case.later(rule.action.deadline) if rule.action.deadline else None
        yield Finding(
            rule.id, Effect.DUTY, "VERIFICATION_DUE", missing, said,
            duty=rule.action.duty or "verify_identity", due_us=due_us,
        )  # fmt: skip
    else:
        yield refusal(rule, "VERIFICATION_REFUSED", missing, **said)


def _missing(case: Case, parameters: KycGate) -> str:
    """Return why the identity does not count as confirmed, "" where it does."""
    standing = case.standing
    if _rank(standing.verified) < _rank(parameters.level):
        opened_us = standing.opened_us
        in_grace = parameters.grace and case.at_us < case.later(parameters.grace, opened_us)
        return "" if in_grace else "NOT_VERIFIED"
    if not parameters.lasts:
        return ""
    since_us = standing.marks.get("verified")
    is_good = since_us is not None and case.at_us < case.later(parameters.lasts, since_us)
    return "" if is_good else "VERIFICATION_EXPIRED"


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else 0


CHECK = Check(
    "kyc_gate", (BonusGrant, Deposit, PlayAsked, Stake, Withdrawal), KycGate, _judge,
    says="What the rule names is refused until the player is verified at the level it asks for; of "
    "a withdrawal staff is told.",
)  # fmt: skip
