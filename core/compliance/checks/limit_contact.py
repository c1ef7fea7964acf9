"""Who wants a high limit is spoken with. Way: judge -> here.

By the rule's action the limit waits for the talk (pend), or it stands and the talk is owed (duty).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from core.compliance.bands import Band, bound_for
from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Effect, Finding
from core.compliance.limit_wish import Wish, amount_text, is_named, wish_of
from core.compliance.limits_in_force import NEEDS_CONTACT
from core.compliance.measure import exceeds
from core.compliance.pack import PackRule
from core.compliance.requests.limits import LimitAsked, LimitContacted


class LimitContact(Parameters, frozen=True, kw_only=True):
    """Above which amount of which limits, in the frames the rule measures; amounts go by age.

    `mentions` are words the talk must hold, such as the name of a register.
    """

    bounds: tuple[Band, ...]
    limits: tuple[str, ...] = ("deposit",)
    scopes: tuple[str, ...] = ("account",)
    mentions: tuple[str, ...] = ()


def _judge(case: Case, rule: PackRule, parameters: LimitContact) -> Iterable[Finding]:
    asked: Any = case.request
    is_ours = is_named(case, parameters.limits, parameters.scopes)
    if not is_ours or asked.period not in rule.measure.window.frames:
        return ()
    if isinstance(asked, LimitAsked):
        return _asked(case, rule, parameters)
    return _contacted(case, rule, asked, parameters)


def _asked(case: Case, rule: PackRule, parameters: LimitContact) -> Iterator[Finding]:
    wish = wish_of(case)
    if not (wish.is_raise or (wish.is_first and wish.asked is not None)):
        return
    bound = bound_for(case, parameters.bounds)
    if wish.asked is not None and not exceeds(wish.asked, bound, rule.measure.comparator):
        return
    inputs = wish.inputs(case) | {"threshold": case.text(bound), "age": case.age}
    waits = rule.action.type == "pend"
    yield Finding(
        rule.id, Effect.PEND if waits else Effect.DUTY, NEEDS_CONTACT if waits else "CONTACT_DUE",
        "LIMIT_PENDING_CONTACT" if waits else "", inputs, duty=rule.action.duty,
        due_us=case.later(rule.action.deadline) if rule.action.deadline else None,
        if_decision=() if waits else ("allow", "pend"),
    )  # fmt: skip


def _contacted(
    case: Case, rule: PackRule, said: LimitContacted, parameters: LimitContact
) -> Iterator[Finding]:  # fmt: skip
    """Take a talk as one only if a person had it and it held what it must."""
    inputs: dict[str, Any] = {
        "aggregate": said.limit, "period": said.period, "by": said.actor, "content": said.content
    }  # fmt: skip
    missing = [word for word in parameters.mentions if word.lower() not in said.content.lower()]
    if said.actor != "staff" or not said.staff_id:
        yield refusal(rule, "CONTACT_REFUSED", "CONTACT_BY_NO_PERSON", **inputs)
    elif not said.content or missing:
        yield refusal(rule, "CONTACT_REFUSED", "CONTACT_INCOMPLETE", **inputs, missing=missing)
    else:
        yield Finding(rule.id, Effect.RECORD, "CONTACT_MADE", "", inputs)
        yield from _stands_now(case, rule, said)


def _stands_now(case: Case, rule: PackRule, said: LimitContacted) -> Iterator[Finding]:
    held = case.standing.limit_of(said.limit, said.period, said.scope)
    pending = None if held is None else held.pending
    if held is None or pending is None or not pending.needs_contact:
        return
    if pending.needs_confirmation or case.at_us < pending.effective_us:
        return
    event = "LIMIT_SET" if held.amount is None else "LIMIT_INCREASED"
    wish = Wish(held.limit, held.period, held.amount, pending.amount, None)
    inputs = wish.inputs(case) | {
        "new": amount_text(case, held.limit, pending.amount),
        "requested_at": case.local(pending.asked_us),
        "effective_at": case.local(case.at_us),
    }
    yield Finding(rule.id, Effect.RECORD, event, "", inputs, if_decision=("allow",))


CHECK = Check(
    name="limit_contact",
    on=(LimitAsked, LimitContacted),
    parameters=LimitContact,
    judge=_judge,
    says=(
        "Has a person speak with a player who wants a limit above an amount that goes by age; "
        "where the law says so, the limit waits for it."
    ),
)
