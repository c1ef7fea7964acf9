"""Nobody plays who has set no limit across operators. Way: packs -> here -> verdict."""

from __future__ import annotations

from collections.abc import Iterator

from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Finding
from core.compliance.pack import PackRule
from core.compliance.register_word import register_in_use
from core.compliance.requests.account import PlayAsked
from core.compliance.requests.money import Stake
from core.compliance.standing import RegisterState


class LimitSetRule(Parameters, frozen=True, kw_only=True):
    """The register that keeps the limit."""

    register: str


def judge(case: Case, rule: PackRule, parameters: LimitSetRule) -> Iterator[Finding]:
    """Refuse play while the register's last good answer is not that a limit is set."""
    register = register_in_use(case, parameters.register)
    if register is None:
        return
    state = case.standing.registers.get(parameters.register)
    if state is None:
        state = next(_periods(case, parameters.register), None)
    if state is None or not state.good_status:
        reason = "LIMIT_UNKNOWN"
    elif state.good_status != "clear" or (state.status == "clear" and state.limit is None):
        reason = "LIMIT_MISSING"
    else:
        return
    yield refusal(rule, "LIMIT_MISSING", reason, register=parameters.register)


def _periods(case: Case, register: str) -> Iterator[RegisterState]:
    return (
        state for key, state in case.standing.registers.items() if key.startswith(f"{register}:")
    )


CENTRAL_LIMIT_SET = Check(
    name="central_limit_set",
    on=(Stake, PlayAsked),
    parameters=LimitSetRule,
    judge=judge,
    says="Without a limit across operators set at the register there is no play.",
)
