"""Half of a limit is used, all of it is used: the player is told. Way: judge -> here, fold `sums`.

Each notice is given once within the limit's frame. Limits of deposits are used by deposits, those
of time by the time a visit runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from core.compliance.calendar import FRAMES, SECOND_US
from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import Activity
from core.compliance.requests.money import Deposit, Stake
from core.compliance.room import Bound, bounds_of, shown
from core.compliance.used import OF_DEPOSITS, sums_at
from core.compliance.visits import stretch


class LimitNotice(Parameters, frozen=True, kw_only=True):
    """At which per cents of which limits; at `ends_at` per cent the visit ends, 0 for never."""

    limits: tuple[str, ...]
    percents: tuple[int, ...] = (50, 100)
    ends_at: int = 100


def _judge(case: Case, rule: PackRule, parameters: LimitNotice) -> Iterable[Finding]:
    is_deposit = isinstance(case.request, Deposit)
    names = [name for name in parameters.limits if (name in OF_DEPOSITS) == is_deposit]
    found: list[Finding] = []
    for bound in bounds_of(case, names, FRAMES) if names else ():
        after = _after(case, bound)
        if bound.amount > 0 and after > bound.used:
            found += _told(case, rule, parameters, (bound, after))
    return found


def _after(case: Case, bound: Bound) -> int:
    """Return what is used of a limit with this request."""
    asked: Any = case.request
    if bound.limit in OF_DEPOSITS:
        return bound.used + int(asked.amount)
    played = stretch(case)
    if played is None:
        return bound.used
    us = sums_at(case, bound.period).play_us + played[1] - max(played[0], bound.start_us)
    return us // SECOND_US


def _told(
    case: Case, rule: PackRule, parameters: LimitNotice, used: tuple[Bound, int]
) -> Iterator[Finding]:  # fmt: skip
    bound, after = used
    given = sums_at(case, bound.period).noticed
    for percent in parameters.percents:
        notice = f"{bound.limit}:{percent}"
        if not 100 * bound.used < percent * bound.amount <= 100 * after or notice in given:
            continue
        inputs = {
            "aggregate": bound.limit, "period": bound.period, "percent": percent, "notice": notice,
            "limit": shown(case, bound.limit, bound.amount),
            "used": shown(case, bound.limit, after),
        }  # fmt: skip
        event = f"NOTICE_{percent}"
        yield Finding(rule.id, Effect.NOTIFY, event, "", inputs, if_decision=("allow",))
        if percent == parameters.ends_at:
            ended = {name: said for name, said in inputs.items() if name != "notice"}
            yield Finding(
                rule.id, Effect.END_SESSION, "LOGOUT", "LIMIT_USED_UP", ended,
                if_decision=("allow",),
            )  # fmt: skip


CHECK = Check(
    name="limit_notice",
    on=(Activity, Deposit, Stake),
    parameters=LimitNotice,
    judge=_judge,
    says="Tells the player when parts of a limit are used up, and ends the visit at the last.",
)
