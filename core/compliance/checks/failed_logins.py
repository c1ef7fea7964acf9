"""After too many wrong secrets only strong authentication lets in. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import Login, LoginFailed

FAILED = "login_failed"


class FailedLogins(Parameters, frozen=True, kw_only=True):
    """How many wrong secrets in a row disable the account."""

    most: int


def _judge(case: Case, rule: PackRule, parameters: FailedLogins) -> Iterable[Finding]:
    request = case.request
    failed = len(case.standing.attempts.get(FAILED, ()))
    if isinstance(request, LoginFailed):
        if failed + 1 == parameters.most:
            said = {"attempts": failed + 1}
            yield Finding(rule.id, Effect.NOTIFY, "LOGIN_DISABLED", "STRONG_LOGIN_NEEDED", said)
    elif isinstance(request, Login) and failed >= parameters.most and not request.is_strong:
        yield refusal(rule, "LOGIN_REFUSED", "STRONG_LOGIN_NEEDED", attempts=failed)


CHECK = Check(
    "failed_logins", (Login, LoginFailed), FailedLogins, _judge,
    says="So many wrong secrets in a row disable the login until strong authentication.",
)  # fmt: skip
