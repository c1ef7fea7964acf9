"""What changes at once when a player changes a limit. Way: judge -> here.

A first limit, an equal one and a lower one stand from the instant they were asked for, and end a
raise that still waits. The check only writes this down: that a raise waits is another rule's word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Effect, Finding
from core.compliance.limit_wish import Wish, amount_text, is_named, wish_of
from core.compliance.pack import PackRule
from core.compliance.requests.limits import LimitAsked

Change = Literal["first", "lower", "higher"]


class LimitChange(Parameters, frozen=True, kw_only=True):
    """Which changes the rule writes down, of which limits (() for all) in which scopes.

    `defaults` are amounts by period that stand until the player sets his own; `register` keeps the
    limits across operators.
    """

    records: tuple[Change, ...] = ("first", "lower", "higher")
    limits: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ("account",)
    defaults: dict[str, str] = msgspec.field(default_factory=dict)
    register: str = ""


def _judge(case: Case, rule: PackRule, parameters: LimitChange) -> Iterable[Finding]:
    asked: Any = case.request
    if not is_named(case, parameters.limits, parameters.scopes):
        return ()
    if asked.amount is not None and asked.amount < 0:
        said = {"aggregate": asked.limit, "period": asked.period}
        return (refusal(rule, "LIMIT_REFUSED", "LIMIT_BELOW_ZERO", **said),)
    wish = wish_of(case, parameters.defaults, parameters.register)
    change = _change(wish)
    return _recorded(case, rule, wish, change) if change in parameters.records else ()


def _change(wish: Wish) -> Change:
    if wish.is_raise:
        return "higher"
    return "first" if wish.is_first else "lower"


_EVENTS = {"first": "LIMIT_SET", "lower": "LIMIT_DECREASED", "higher": "LIMIT_INCREASED"}


def _recorded(case: Case, rule: PackRule, wish: Wish, change: Change) -> Iterator[Finding]:
    inputs = wish.inputs(case)
    if wish.pending is not None:
        ended = inputs | {
            "cancelled": amount_text(case, wish.limit, wish.pending.amount),
            "asked_at": case.local(wish.pending.asked_us),
        }
        yield Finding(
            rule.id, Effect.RECORD, "LIMIT_INCREASE_CANCELLED", "", ended, if_decision=("allow",)
        )
    inputs["effective_at"] = case.local(case.at_us)
    yield Finding(rule.id, Effect.RECORD, _EVENTS[change], "", inputs, if_decision=("allow",))


CHECK = Check(
    name="limit_change",
    on=(LimitAsked,),
    parameters=LimitChange,
    judge=_judge,
    says=(
        "Writes down what changes at once: a first or lower limit stands as asked for, takes "
        "nothing back and ends a raise that waits."
    ),
)
