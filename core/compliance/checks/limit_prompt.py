"""Who has no limit is asked to set one, and may say no. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import LimitsDeclined, Registration
from core.compliance.requests.money import Deposit
from core.compliance.standing import Standing


class LimitPrompt(Parameters, frozen=True, kw_only=True):
    """The kinds of limit that count as having one."""

    limits: tuple[str, ...] = ("deposit",)


def _judge(case: Case, rule: PackRule, parameters: LimitPrompt) -> Iterable[Finding]:
    request, marks = case.request, case.standing.marks
    if isinstance(request, LimitsDeclined):
        yield Finding(rule.id, Effect.RECORD, "LIMITS_DECLINED", "", {"declined": True})
        return
    if has_limit(case.standing, parameters.limits) or "limits_declined" in marks:
        return
    if isinstance(request, Registration) or "first_deposit" not in marks:
        said = {"shown_at": request.kind}
        yield Finding(
            rule.id, Effect.NOTIFY, "LIMIT_PROMPT", "SET_A_LIMIT", said, if_decision=("allow",)
        )


def has_limit(standing: Standing, limits: tuple[str, ...]) -> bool:
    """Say whether a player has a limit of one of some kinds."""
    return any(one.limit in limits and one.amount is not None for one in standing.limits)


CHECK = Check(
    "limit_prompt", (Deposit, LimitsDeclined, Registration), LimitPrompt, _judge,
    says="At registration and first deposit a player without a limit is asked to set one, unless "
    "he has declined in so many words.",
)  # fmt: skip
