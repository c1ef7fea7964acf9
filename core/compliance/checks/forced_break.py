"""Whoever played without a pause for too long takes a break. Way: judge -> here, marks fold.

Continuous play began at the first start after a pause; that instant is the mark `continuous_play`.
A break runs from the instant it was imposed, the mark `forced_break`. The running game cycle
may be completed.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import exact_us
from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import Activity
from core.compliance.requests.money import Stake
from core.compliance.visits import is_further

PLAY, BREAK = "continuous_play", "forced_break"


class ForcedBreak(Parameters, frozen=True, kw_only=True):
    """After `play` without a pause, a break of `length`; ISO 8601.

    `pause` is how long nothing is staked until play no longer counts as continuous.
    """

    play: str
    length: str
    pause: str


def _judge(case: Case, rule: PackRule, parameters: ForcedBreak) -> Iterable[Finding]:
    request = case.request
    is_stake = isinstance(request, Stake)
    if isinstance(request, Stake) and is_further(case.standing.play, request):
        return
    until_us = case.standing.marks.get(BREAK, -(10**18)) + exact_us(parameters.length)
    if case.at_us < until_us:
        if is_stake:
            said = {"break_end": case.local(until_us)}
            yield Finding(rule.id, Effect.REFUSE, "BREAK", "BREAK", said, until_us)
        return
    began_us = _began_us(case, parameters)
    if began_us is None:
        if is_stake:
            said = {"start": case.local(case.at_us)}
            yield Finding(
                rule.id, Effect.RECORD, "CONTINUOUS_PLAY", "", said, mark=PLAY,
                if_decision=("allow",),
            )  # fmt: skip
    elif case.at_us - began_us >= exact_us(parameters.play):
        yield _imposed(case, rule, began_us, exact_us(parameters.length))


def _began_us(case: Case, parameters: ForcedBreak) -> int | None:
    """Return since when play is continuous, null where it begins with this start."""
    standing = case.standing
    began_us, last_us = standing.marks.get(PLAY), standing.play.played_us
    if began_us is None or last_us is None or standing.marks.get(BREAK, -1) >= began_us:
        return None
    return began_us if case.at_us - last_us < exact_us(parameters.pause) else None


def _imposed(case: Case, rule: PackRule, began_us: int, length_us: int) -> Finding:
    until_us = case.at_us + length_us
    effect = Effect.REFUSE if isinstance(case.request, Stake) else Effect.BREAK
    said = {"start": case.local(began_us), "break_end": case.local(until_us)}
    return Finding(rule.id, effect, "BREAK_START", "BREAK", said, until_us, mark=BREAK)


CHECK = Check(
    "forced_break", (Activity, Stake), ForcedBreak, _judge,
    says="After so long a time of play without a pause no game starts until a break is over; the "
    "running game is completed.",
)  # fmt: skip
