"""A payout goes back to the cards that paid in, first. Way: judge -> here.

It says where the money goes, oldest card first, and never refuses; whether a card's issuer takes
money back only the payment provider knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.money import Withdrawal
from core.compliance.standing import Paid


class CardFirst(Parameters, frozen=True, kw_only=True):
    """The payment methods that are paid back to first."""

    methods: tuple[str, ...] = ("card",)


def _judge(case: Case, rule: PackRule, parameters: CardFirst) -> Iterable[Finding]:
    asked: Any = case.request
    left, shares = asked.amount, {}
    for instrument_id, owed in _owed(case.standing.payments, parameters.methods).items():
        share = min(left, owed)
        if share > 0:
            shares[instrument_id] = case.text(share)
            left -= share
    if not shares:
        return ()
    inputs = {
        "requested": case.text(asked.amount), "to_cards": case.text(asked.amount - left),
        "to_other": case.text(left), "shares": shares,
    }  # fmt: skip
    return (Finding(rule.id, Effect.RECORD, "CARD_FIRST", "", inputs, if_decision=("allow",)),)


def _owed(payments: Iterable[Paid], methods: tuple[str, ...]) -> dict[str, int]:
    """Return what each card paid in and has not had back, in the order of first use.

    A payout has gone to the card it names as far as that paid in, then to the others.
    """
    owed: dict[str, int] = {}
    for paid in payments:
        card = paid.instrument_id
        if card and paid.is_deposit and paid.state == "settled" and paid.method in methods:
            owed[card] = owed.get(card, 0) + paid.amount
    for paid in payments:
        if not paid.is_deposit:
            left = paid.amount
            for card in _named_first(owed, paid.instrument_id):
                share = min(left, owed[card])
                owed[card] -= share
                left -= share
    return owed


def _named_first(owed: dict[str, int], named: str | None) -> list[str]:
    return sorted(owed, key=lambda card: card != named)


CHECK = Check(
    name="card_first",
    on=(Withdrawal,),
    parameters=CardFirst,
    judge=_judge,
    says="Says which part of a payout goes back to the cards that paid in; it refuses nothing.",
)
