"""A register's listing: what follows when it is learned, and what it bars. Way: packs -> here.

The register's word puts a hold on the player (fold holds) and only the register's word ends it.
What it bars is what the rule's action aims at. A register that is silent is another rule's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from core.compliance.barring import BARRED, bars, reason_of
from core.compliance.check import Case, Check
from core.compliance.finding import Effect, Finding
from core.compliance.held import listed_in
from core.compliance.pack import PackRule
from core.compliance.parting import Parting, balance_returned, findings_of_parting
from core.compliance.requests.account import Activity
from core.compliance.requests.holds import RegisterAnswered
from core.compliance.requests.money import StakeSettled
from core.compliance.standing import Hold


class RegisterRule(Parting, frozen=True, kw_only=True):
    """An exclusion register, by its key in the pack."""

    register: str
    logs_out: bool = True


def judge(case: Case, rule: PackRule, parameters: RegisterRule) -> Iterable[Finding]:
    """Say what a rule on a register says of a request."""
    request = case.request
    if isinstance(request, RegisterAnswered):
        is_meant = request.register == parameters.register
        return _answered(case, rule, parameters, request) if is_meant else ()
    held = listed_in(case.standing, parameters.register, case.at_us)
    return () if held is None else _barred(case, rule, parameters, held)


def _answered(
    case: Case, rule: PackRule, parameters: RegisterRule, answer: RegisterAnswered
) -> Iterator[Finding]:
    held = listed_in(case.standing, parameters.register, case.at_us)
    inputs: dict[str, Any] = {
        "register": answer.register, "query_id": answer.query_id, "status": answer.status,
    }  # fmt: skip
    if answer.status == "clear":
        event = "REGISTER_CLEAR" if held is None else "REGISTER_RELEASED"
        yield Finding(rule.id, Effect.RECORD, event, "", inputs)
    elif answer.status == "listed":
        inputs["is_new"] = held is None
        yield Finding(rule.id, Effect.RECORD, "REGISTER_HIT", "", inputs, until_us=answer.until_us)
        if held is None or answer.balance:
            yield from findings_of_parting(case, rule, parameters, answer.balance)


def _barred(
    case: Case, rule: PackRule, parameters: RegisterRule, held: Hold
) -> Iterator[Finding]:  # fmt: skip
    request = case.request
    if isinstance(request, StakeSettled):
        yield from balance_returned(case, rule, parameters, request)
        return
    inputs = {"hold": held.kind, "register": held.register, "since": case.local(held.since_us)}
    if isinstance(request, Activity):
        if bars(rule, "login"):
            yield Finding(rule.id, Effect.END_SESSION, "LOGOUT", held.kind.upper(), inputs)
        return
    bar, event = BARRED[type(request)]
    if bars(rule, bar):
        state = case.standing.registers.get(parameters.register)
        inputs["query_id"] = "" if state is None else state.query_id
        reason = reason_of(bar, held.kind.upper())
        yield Finding(rule.id, Effect.REFUSE, event, reason, inputs, until_us=held.until_us)


REGISTER = Check(
    name="register",
    on=(RegisterAnswered, Activity, StakeSettled, *BARRED),
    parameters=RegisterRule,
    judge=judge,
    says=(
        "Whom the register lists is logged out and kept from what the rule names until the "
        "register says otherwise; every answer is written down with its query id."
    ),
)
