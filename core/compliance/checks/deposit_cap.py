"""A bound of the law on what is paid in within a frame, by age. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from core.compliance.affordable import is_on_file
from core.compliance.bands import Band
from core.compliance.check import Case, Check, Parameters
from core.compliance.checks.threshold import Reached, sums_reached
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.money import Deposit


class DepositCap(Parameters, frozen=True, kw_only=True):
    """The amounts by age. With `unless_affordable` evidence of affordability on file lifts it.

    `notice` is the event of the notice given when the amount is reached, "" for none.
    """

    bounds: tuple[Band, ...]
    unless_affordable: bool = False
    notice: str = ""


def _judge(case: Case, rule: PackRule, parameters: DepositCap) -> Iterable[Finding]:
    reached = next(sums_reached(case, rule.measure, parameters.bounds, {}))
    is_lifted = parameters.unless_affordable and is_on_file(case.standing, case.at_us)
    if reached.is_beyond and not is_lifted:
        return (_refused(case, rule, reached),)
    return _noticed(case, rule, reached, parameters, is_lifted=is_lifted)


def _refused(case: Case, rule: PackRule, reached: Reached) -> Finding:
    asked: Any = case.request
    least = 0 if reached.comparator == ">" else 1
    left = max(0, reached.bound - reached.before - least)
    inputs = reached.inputs(case, rule.measure) | {
        "used": case.text(reached.before), "requested": case.text(asked.amount),
        "limit": case.text(reached.bound), "remaining": case.text(left), "age": case.age,
        "room_units": left,
    }  # fmt: skip
    frames = rule.measure.window.frames
    until_us = case.frame(frames[0]).end_us if frames else None
    return Finding(
        rule.id, Effect.REFUSE, "DEPOSIT_REFUSED", "AFFORDABILITY", inputs, until_us=until_us
    )


def _noticed(
    case: Case, rule: PackRule, reached: Reached, parameters: DepositCap, *, is_lifted: bool
) -> Iterator[Finding]:
    if not parameters.notice or not reached.before < reached.bound <= reached.after:
        return
    inputs = reached.inputs(case, rule.measure) | {"age": case.age, "is_affordable": is_lifted}
    yield Finding(rule.id, Effect.NOTIFY, parameters.notice, "", inputs, if_decision=("allow",))


CHECK = Check(
    name="deposit_cap",
    on=(Deposit,),
    parameters=DepositCap,
    judge=_judge,
    says=(
        "Refuses deposits beyond an amount within a frame unless the player was shown to afford "
        "more; says so when the amount is reached."
    ),
)
