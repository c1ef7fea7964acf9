"""A higher limit, or none, waits. Way: judge -> here.

The wish is data: asked when, standing from when, confirmed or not. Asked for again, it replaces the
wish before and waits anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from core.compliance.calendar import FRAMES
from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Effect, Finding
from core.compliance.limit_wish import Wish, amount_text, is_named, wish_of
from core.compliance.limits_in_force import NEEDS_CONFIRMATION, RAISE_ASKED, due, has_lapsed
from core.compliance.pack import PackRule
from core.compliance.requests.account import Login
from core.compliance.requests.limits import LimitAsked, LimitConfirmed
from core.compliance.requests.money import Deposit
from core.compliance.standing import Limit


class LimitRaise(Parameters, frozen=True, kw_only=True):
    """How long a raise waits: `wait`, or until the running frame is over; the later counts.

    `to_frame_end` are the periods whose frame must be over. With `is_confirmed` it then needs the
    player's word again, `confirm_within` the request (ISO 8601, "" for no end). `once_in` is the
    term after a raise was asked for in which no other is taken. `limits` () are all. `defaults` are
    amounts by period that stand until set; `register` keeps the limits across operators.
    """

    wait: str = ""
    to_frame_end: tuple[str, ...] = ()
    is_confirmed: bool = False
    confirm_within: str = ""
    once_in: str = ""
    limits: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ("account",)
    defaults: dict[str, str] = msgspec.field(default_factory=dict)
    register: str = ""


def _judge(case: Case, rule: PackRule, parameters: LimitRaise) -> Iterable[Finding]:
    if isinstance(case.request, LimitAsked):
        return _asked(case, rule, parameters)
    if isinstance(case.request, LimitConfirmed):
        return _confirmed(case, rule, parameters)
    return _came_to_stand(case, rule)


def _asked(case: Case, rule: PackRule, parameters: LimitRaise) -> Iterator[Finding]:
    if not is_named(case, parameters.limits, parameters.scopes):
        return
    wish = wish_of(case, parameters.defaults, parameters.register)
    if not wish.is_raise:
        return
    again_us = _again_from(case, wish, parameters)
    if again_us is not None:
        yield Finding(
            rule.id, Effect.REFUSE, "LIMIT_REFUSED", "LIMIT_RAISED_LATELY", wish.inputs(case),
            until_us=again_us,
        )  # fmt: skip
        return
    if parameters.wait or parameters.to_frame_end:
        yield _put_off(case, rule, wish, parameters)
    if parameters.is_confirmed:
        within = parameters.confirm_within
        yield Finding(
            rule.id, Effect.PEND, NEEDS_CONFIRMATION, "LIMIT_PENDING", wish.inputs(case),
            due_us=case.later(within) if within else None,
        )  # fmt: skip


def _put_off(case: Case, rule: PackRule, wish: Wish, parameters: LimitRaise) -> Finding:
    """Return the finding with the instant from which a raise may stand, and both candidates."""
    inputs = wish.inputs(case)
    earliest_us = case.at_us
    if parameters.wait:
        earliest_us = case.later(parameters.wait)
        inputs["after_wait"] = case.local(earliest_us)
    if wish.period in parameters.to_frame_end and wish.period in FRAMES:
        end_us = case.frame(wish.period).end_us
        inputs["frame_end"] = case.local(end_us)
        earliest_us = max(earliest_us, end_us)
    inputs["earliest"] = case.local(earliest_us)
    if wish.pending is not None:
        inputs["replaces"] = amount_text(case, wish.limit, wish.pending.amount)
    return Finding(rule.id, Effect.PEND, RAISE_ASKED, "LIMIT_PENDING", inputs, until_us=earliest_us)


def _again_from(case: Case, wish: Wish, parameters: LimitRaise) -> int | None:
    """Return when a raise may be asked for again, null for now."""
    asked: Any = case.request
    held = case.standing.limit_of(wish.limit, wish.period, asked.scope)
    if not parameters.once_in or held is None or not held.raised_us:
        return None
    again_us = case.later(parameters.once_in, held.raised_us[-1])
    return again_us if case.at_us < again_us else None


def _confirmed(case: Case, rule: PackRule, parameters: LimitRaise) -> Iterator[Finding]:
    """Let a raise stand by the player's word: not before its time, and only if it waits for it."""
    asked: Any = case.request
    if not parameters.is_confirmed or not is_named(case, parameters.limits, parameters.scopes):
        return
    held = case.standing.limit_of(asked.limit, asked.period, asked.scope)
    pending = None if held is None else held.pending
    if held is None or pending is None or not pending.needs_confirmation:
        yield _not_confirmed(case, rule, "NOTHING_TO_CONFIRM")
    elif has_lapsed(pending, case.at_us):
        yield _not_confirmed(case, rule, "CONFIRMED_TOO_LATE", pending.confirm_by_us)
    elif case.at_us < pending.effective_us:
        yield _not_confirmed(case, rule, "CONFIRMED_TOO_EARLY", pending.effective_us)
    elif not pending.needs_contact:
        yield _increased(case, rule, held, case.at_us)


def _not_confirmed(
    case: Case, rule: PackRule, reason: str, until_us: int | None = None
) -> Finding:  # fmt: skip
    asked: Any = case.request
    inputs: dict[str, Any] = {"aggregate": asked.limit, "period": asked.period}
    if until_us is not None:
        inputs["bound"] = case.local(until_us)
    return refusal(rule, "CONFIRMATION_REFUSED", reason, **inputs)


def _came_to_stand(case: Case, rule: PackRule) -> Iterator[Finding]:
    """Write down, when the player is next seen, which of the raises this rule put off now stand."""
    for limit in due(case.standing, case.at_us):
        pending = limit.pending
        if pending is not None and pending.rule == rule.id:
            yield _increased(case, rule, limit, pending.effective_us)


def _increased(case: Case, rule: PackRule, limit: Limit, at_us: int) -> Finding:
    pending = limit.pending
    new = None if pending is None else pending.amount
    asked_us = limit.set_us if pending is None else pending.asked_us
    inputs = {
        "aggregate": limit.limit, "period": limit.period,
        "old": amount_text(case, limit.limit, limit.amount),
        "new": amount_text(case, limit.limit, new),
        "requested_at": case.local(asked_us), "effective_at": case.local(at_us),
    }  # fmt: skip
    return Finding(rule.id, Effect.RECORD, "LIMIT_INCREASED", "", inputs)


CHECK = Check(
    name="limit_raise",
    on=(Deposit, LimitAsked, LimitConfirmed, Login),
    parameters=LimitRaise,
    judge=_judge,
    says=(
        "Lets a higher limit, or the end of one, stand only after its waiting time, and where the "
        "rule says so only once the player has confirmed it."
    ),
)
