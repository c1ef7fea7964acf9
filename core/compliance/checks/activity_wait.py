"""Between play elsewhere and play here some minutes pass. Way: packs -> here -> verdict."""

from __future__ import annotations

from collections.abc import Iterator

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import PlayAsked
from core.compliance.requests.money import Stake


class WaitRule(Parameters, frozen=True, kw_only=True):
    """The register that says since when the player is free; the rule's action says how long."""

    register: str


def judge(case: Case, rule: PackRule, parameters: WaitRule) -> Iterator[Finding]:
    """Refuse a start until the time since the end of play elsewhere has passed."""
    request = case.request
    if isinstance(request, Stake) and not request.starts_game:
        return
    state = case.standing.registers.get(parameters.register)
    if state is None or state.status != "free" or state.since_us is None:
        return
    until_us = case.later(rule.action.until, state.since_us)
    if case.at_us < until_us:
        inputs = {"register": parameters.register, "free_since": case.local(state.since_us)}
        yield Finding(rule.id, Effect.REFUSE, "WAIT", "WAIT", inputs, until_us=until_us)


ACTIVITY_WAIT = Check(
    name="activity_wait",
    on=(PlayAsked, Stake),
    parameters=WaitRule,
    judge=judge,
    says="After play at another operator ends, the time the rule names passes before a start here.",
)
