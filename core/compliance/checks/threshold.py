"""Money paid in, or out, comes to an amount at which something must be done. Way: judge -> here.

Counted in the window the rule measures: one that rolls, a frame, or the whole relationship. The
duty arises on crossing; that the sum later falls does not undo it, and while it is open it does not
arise again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from core.compliance.bands import Band, bound_for
from core.compliance.calendar import exact_us
from core.compliance.check import Case, Check, Parameters
from core.compliance.duties import is_open
from core.compliance.finding import Effect, Finding
from core.compliance.measure import Measure, exceeds
from core.compliance.pack import PackRule
from core.compliance.requests.money import Deposit, Withdrawal
from core.compliance.used import deposited, paid_within


class Threshold(Parameters, frozen=True, kw_only=True):
    """The amounts by age, and the event the log names.

    `others` are further amounts by the length of a window that rolls. `is_once` lets the duty arise
    once in a relationship; `again_after` lets it arise again, the sum still beyond, when the last
    was so long ago (ISO 8601). With `counts_withdrawals` money paid out is counted, by itself.
    """

    bounds: tuple[Band, ...]
    event: str
    others: dict[str, tuple[Band, ...]] = msgspec.field(default_factory=dict)
    is_once: bool = False
    again_after: str = ""
    counts_withdrawals: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """A sum with what is asked for, beside its bound."""

    before: int
    after: int
    bound: int
    window: str
    start_us: int | None
    comparator: Any

    @property
    def is_beyond(self) -> bool:
        """Whether the sum is beyond the bound with what is asked for."""
        return exceeds(self.after, self.bound, self.comparator)

    @property
    def is_crossing(self) -> bool:
        """Whether it is so now and was not before."""
        return self.is_beyond and not exceeds(self.before, self.bound, self.comparator)

    def inputs(self, case: Case, measure: Measure) -> dict[str, Any]:
        """Return what the log says of it."""
        return {
            "net" if measure.net else "sum": case.text(self.after),
            "threshold": case.text(self.bound), "comparator": self.comparator,
            "basis": measure.window.type, "window": self.window,
            "window_start": None if self.start_us is None else case.local(self.start_us),
            "window_end": case.local(case.at_us),
        }  # fmt: skip


def sums_reached(
    case: Case, measure: Measure, bounds: tuple[Band, ...], others: dict[str, tuple[Band, ...]]
) -> Iterator[Reached]:
    """Yield the sums a deposit brings about, in the rule's own window and in the others."""
    asked: Any = case.request
    before, start_us = deposited(case, measure)
    window = measure.window.length or "".join(measure.window.frames) or measure.window.type
    how = measure.comparator
    yield Reached(before, before + asked.amount, bound_for(case, bounds), window, start_us, how)
    for length, amounts in others.items():
        start_us = case.at_us - exact_us(length)
        before = paid_within(case.standing.payments, start_us, net=measure.net)
        after = before + asked.amount
        yield Reached(before, after, bound_for(case, amounts), length, start_us, how)


def _judge(case: Case, rule: PackRule, parameters: Threshold) -> Iterable[Finding]:
    request = case.request
    if isinstance(request, Withdrawal):
        if not parameters.counts_withdrawals:
            return ()
        before = case.standing.accrued_withdrawals
        bound = bound_for(case, parameters.bounds)
        after = before + request.amount
        how = rule.measure.comparator
        reached = [Reached(before, after, bound, "withdrawals", None, how)]
    else:
        reached = list(sums_reached(case, rule.measure, parameters.bounds, parameters.others))
    return _raised(case, rule, parameters, reached)


def _raised(
    case: Case, rule: PackRule, parameters: Threshold, reached: list[Reached]
) -> Iterator[Finding]:  # fmt: skip
    duty = rule.action.duty
    beyond = [one for one in reached if one.is_beyond]
    if not beyond or (duty and is_open(case.standing, duty, rule)):
        return
    mark = asked_mark(duty or rule.id)
    last_us = case.standing.marks.get(mark)
    is_due = last_us is None or (
        not parameters.is_once
        and (any(one.is_crossing for one in beyond) or _is_long_ago(case, parameters, last_us))
    )
    if is_due:
        due_us = case.later(rule.action.deadline) if rule.action.deadline else None
        yield Finding(
            rule.id, Effect.DUTY if duty else Effect.RECORD, parameters.event, "",
            beyond[0].inputs(case, rule.measure), duty=duty, due_us=due_us, mark=mark,
            if_decision=("allow",),
        )  # fmt: skip


def _is_long_ago(case: Case, parameters: Threshold, last_us: int) -> bool:
    again = parameters.again_after
    return bool(again) and case.at_us >= case.later(again, last_us)


def asked_mark(duty: str) -> str:
    """Return the mark of when a duty last arose."""
    return f"{duty}_asked"


def done_mark(duty: str) -> str:
    """Return the mark of when a duty was last done; the check `duty_done` sets it."""
    return f"{duty}_done"


CHECK = Check(
    name="threshold",
    on=(Deposit, Withdrawal),
    parameters=Threshold,
    judge=_judge,
    says=(
        "Raises a duty, or writes down, when deposits come to an amount within a window; it does "
        "not stop the deposit."
    ),
)
