"""What a visit has cost so far, for the player's screen. Way: judge -> here -> front end."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import exact_us
from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import Activity
from core.compliance.visits import figures, visit_of


class NetPosition(Parameters, frozen=True, kw_only=True):
    """How often the figures are said anew, an ISO 8601 term; in between the screen adds."""

    every: str = "PT1M"


def _judge(case: Case, rule: PackRule, parameters: NetPosition) -> Iterable[Finding]:
    visit = visit_of(case)
    if visit is None:
        return
    shown_us = visit.shown_us.get(rule.id)
    if shown_us is not None and case.at_us - shown_us < exact_us(parameters.every):
        return
    said = {**figures(case, visit), "currency": case.standing.currency}
    yield Finding(rule.id, Effect.NOTIFY, "NET_POSITION", "NET_POSITION", said)


CHECK = Check(
    "net_position", (Activity,), NetPosition, _judge,
    says="Gives the screen the visit's time, stakes, wins and net position.",
)  # fmt: skip
