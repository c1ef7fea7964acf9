"""No play and no deposit without a limit. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from core.compliance.check import Case, Check, Parameters
from core.compliance.checks.limit_preset import preset
from core.compliance.finding import Effect, Finding
from core.compliance.limits_in_force import limit_at
from core.compliance.pack import PackRule
from core.compliance.requests.account import PlayAsked
from core.compliance.requests.limits import LimitAsked
from core.compliance.requests.money import Deposit, Stake


class LimitRequired(Parameters, frozen=True, kw_only=True):
    """Which limits must stand: `all` of these or `any`, each as `<limit>` or `<limit>/<period>`.

    `stands_at` is what counts until they are set, for the log. With `is_preset` false a limit the
    operator suggested is not taken.
    """

    limits: tuple[str, ...]
    of_them: Literal["all", "any"] = "all"
    stands_at: str = ""
    scope: str = "account"
    is_preset: bool = True


def _judge(case: Case, rule: PackRule, parameters: LimitRequired) -> Iterable[Finding]:
    if isinstance(case.request, LimitAsked):
        return () if parameters.is_preset else preset(case, rule)
    missing = tuple(_missing(case, parameters))
    if not missing or (parameters.of_them == "any" and len(missing) < len(parameters.limits)):
        return ()
    inputs: dict[str, Any] = {"missing": list(missing), "needed": parameters.of_them}
    if parameters.stands_at:
        inputs["limit"] = case.text(case.units(parameters.stands_at))
    return (Finding(rule.id, Effect.REFUSE, "LIMIT_MISSING", "LIMIT_MISSING", inputs),)


def _missing(case: Case, parameters: LimitRequired) -> Iterator[str]:
    for named in parameters.limits:
        limit, _, period = named.partition("/")
        held = limit_at(case.standing, limit, period, case.at_us, scope=parameters.scope)
        if held is None:
            yield named


CHECK = Check(
    name="limit_required",
    on=(Deposit, LimitAsked, PlayAsked, Stake),
    parameters=LimitRequired,
    judge=_judge,
    says="Refuses play and deposits until the limits the law demands are set and stand.",
)
