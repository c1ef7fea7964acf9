"""Nobody too young, or of unknown age, opens an account, pays in or plays. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from core.compliance.calendar import age_at
from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import PlayAsked, Registration
from core.compliance.requests.money import BonusGrant, Deposit, Stake
from core.compliance.targets import is_target


class AgeGate(Parameters, frozen=True, kw_only=True):
    """The least age; null takes the pack's `age_least`."""

    least: int | None = None


def _judge(case: Case, rule: PackRule, parameters: AgeGate) -> Iterable[Finding]:
    if not is_target(rule, case.request):
        return
    least = case.pack.age_least if parameters.least is None else parameters.least
    age = _age(case)
    if age is None:
        yield refusal(rule, "AGE_REFUSED", "AGE_UNKNOWN", least=least)
    elif age < least:
        yield refusal(rule, "AGE_REFUSED", "TOO_YOUNG", age=age, least=least)


def _age(case: Case) -> int | None:
    """Return the age that counts: at registration the one just given, else the one on file."""
    request = case.request
    if not isinstance(request, Registration):
        return case.age
    try:
        return None if request.born_on is None else age_at(
            date.fromisoformat(request.born_on), case.today
        )  # fmt: skip
    except ValueError:
        return None


CHECK = Check(
    "age_gate", (BonusGrant, Deposit, PlayAsked, Registration, Stake), AgeGate, _judge,
    says="Refuses whoever is below the least age on the local day, or whose age is unknown.",
)  # fmt: skip
