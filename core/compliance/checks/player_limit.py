"""The limits of money a player set himself. Way: judge -> here.

Of every limit in force what is used is added to what is asked for; what would go beyond any is
refused, and the one that leaves least room binds. A limit lowered below what was used stops further
deposits, or further stakes, until its frame is over; it takes nothing back, and a deposit limit
never stops a stake.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.money import Deposit, Stake
from core.compliance.room import Bound, bound_inputs, bounds_of
from core.compliance.used import OF_DEPOSITS, OF_STAKES

NO_FRAME = ("bet", "session")
"""Periods that are no frame of the calendar: a stake by itself, the visit that runs."""


class PlayerLimit(Parameters, frozen=True, kw_only=True):
    """Which limits the rule makes bind: deposit, net_deposit, stake, loss, spend.

    They bind in the frames the rule measures, a bet and a visit. `defaults` are amounts by frame
    that bind who has set none himself.
    """

    limits: tuple[str, ...]
    defaults: dict[str, str] = msgspec.field(default_factory=dict)


def _judge(case: Case, rule: PackRule, parameters: PlayerLimit) -> Iterable[Finding]:
    asked: Any = case.request
    if asked.amount <= 0:
        return ()
    uses = OF_DEPOSITS if isinstance(asked, Deposit) else OF_STAKES
    names = [name for name in parameters.limits if name in uses]
    if not names:
        return ()
    periods = (*rule.measure.window.frames, *NO_FRAME)
    found: list[Finding] = []
    for bound in bounds_of(case, names, periods, parameters.defaults):
        _judge_bound(case, rule, bound, found)
    return found


def _judge_bound(case: Case, rule: PackRule, bound: Bound, found: list[Finding]) -> None:
    asked: Any = case.request
    kind = asked.kind.upper()
    if asked.amount > bound.left:
        inputs = bound_inputs(case, bound, asked.amount)
        reason = f"LIMIT_{bound.limit.upper()}"
        refused = f"{kind}_REFUSED"
        found.append(
            Finding(rule.id, Effect.REFUSE, refused, reason, inputs, until_us=bound.end_us)
        )
        return
    if kind == "DEPOSIT" and bound.is_fresh and bound.end_us is not None:
        found.append(_told(case, rule, bound, "FRAME_START"))
    if asked.amount == bound.left and bound.period != "bet":
        found.append(_told(case, rule, bound, "LIMIT_REACHED"))


def _told(case: Case, rule: PackRule, bound: Bound, event: str) -> Finding:
    """Return what is said of a wish that is granted: what is used with it."""
    asked: Any = case.request
    inputs = bound_inputs(case, bound, asked.amount)
    inputs["used"] = case.text(bound.used + asked.amount)
    inputs["remaining"] = case.text(bound.left - asked.amount)
    return Finding(rule.id, Effect.RECORD, event, "", inputs, if_decision=("allow",))


CHECK = Check(
    name="player_limit",
    on=(Deposit, Stake),
    parameters=PlayerLimit,
    judge=_judge,
    says=(
        "Refuses a deposit or stake that would go beyond a limit the player set; the limit that "
        "leaves least room binds and is named."
    ),
)
