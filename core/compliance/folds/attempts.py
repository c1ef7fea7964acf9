"""Tries that failed or are counted, by the kind of request. Way: verdict -> here -> attempts.

Consecutive ones: what succeeds forgets the failures before it. Each name keeps the newest
`ATTEMPTS_MOST`; no rule of a pack counts further.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.compliance.check import Case
from core.compliance.finding import Verdict
from core.compliance.fold import Fold
from core.compliance.request import Request
from core.compliance.requests.account import Login, LoginFailed
from core.compliance.requests.money import DepositFailed, DepositSettled, WithdrawalReversal
from core.compliance.standing import Standing, with_changes, with_key

ATTEMPTS_MOST = 32
COUNTED: Mapping[type[Request], str] = {
    DepositFailed: "deposit_failed",
    LoginFailed: "login_failed",
    WithdrawalReversal: "withdrawal_reversal",
}
FORGIVES: Mapping[type[Request], str] = {DepositSettled: "deposit_failed", Login: "login_failed"}


def _apply(case: Case, verdict: Verdict, standing: Standing) -> Standing:
    counted, forgiven = COUNTED.get(type(case.request)), FORGIVES.get(type(case.request))
    attempts = standing.attempts
    if counted is not None:
        newest = (*attempts.get(counted, ()), case.at_us)[-ATTEMPTS_MOST:]
        return with_changes(standing, attempts=with_key(attempts, counted, newest))
    if forgiven is not None and verdict.is_allowed and forgiven in attempts:
        left = {name: tried for name, tried in attempts.items() if name != forgiven}
        return with_changes(standing, attempts=left)
    return standing


FOLD = Fold("attempts", (*COUNTED, *FORGIVES), ("attempts",), _apply)
