"""Payments and the states they go through. Way: operations deposit_*, withdrawal_* -> here -> rows.

    deposit      requested -> approved -> charged_back
                           -> declined | cancelled
    withdrawal   requested -> approved -> paid
                           -> declined | cancelled     approved -> declined

A step that does not lead on from where the payment stands is refused and moves nothing. `bet_ref`
names the payment; every step has a transaction id of its own, so a repeated one changes nothing.
A bank knows no part of a cent: amounts are whole minor units of their currency.
"""

from __future__ import annotations

import msgspec

from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Refused, Status
from core.ledger.posting import Posting
from core.ledger.rows import Payment
from core.ledger.units import units_of_minor, whole_minor

UNKNOWN = "unknown"


def want_payment(call: Call, action: Action, wanted: Wanted) -> None:
    """Want the payment that `bet_ref` names."""
    wanted.add(Payment, call.player, action.bet_ref)


def request_payment(posting: Posting, kind: str) -> Payment:
    """Write down what the player asks for; the context says method, instrument and bonus code.

    Raises:
        Refused: there is such a payment, it has no name, or its amount cannot be paid.
    """
    call, action = posting.call, posting.action
    if posting.books.get(Payment, call.player, action.bet_ref) is not None:
        raise Refused(Status.STATE, f"payment {action.bet_ref} is there already")
    if not action.bet_ref:
        raise Refused(Status.REFUSED, "a payment needs an id")
    check_payable(posting)
    said = action.context.get
    instrument, bonus_code = said("instrument_id"), said("bonus_code")
    payment = Payment(
        player=call.player, payment_id=action.bet_ref, kind=kind, state="requested",
        currency=call.currency, amount=action.amount,
        method=str(action.context.get("method") or UNKNOWN), vendor_id=call.provider,
        instrument_id=None if instrument is None else str(instrument),
        requested_us=call.at_us, changed_us=call.at_us,
        bonus_code=None if bonus_code is None else str(bonus_code),
    )  # fmt: skip
    _put(posting, payment, payment.amount)
    return payment


def check_payable(posting: Posting) -> None:
    """Refuse an amount of nothing, or one with parts of a minor unit."""
    amount, currency = posting.action.amount, posting.call.currency
    if not amount or units_of_minor(whole_minor(amount, currency), currency) != amount:
        raise Refused(Status.REFUSED, f"a payment is of whole minor units of {currency}, over 0")


def payment_in(posting: Posting, kind: str, *states: str) -> Payment:
    """Return the payment the step is about.

    Raises:
        Refused: there is none of this kind, it is another currency's or vendor's, or it stands
            where this step does not lead on from.
    """
    call, action = posting.call, posting.action
    payment = posting.books.get(Payment, call.player, action.bet_ref)
    if payment is None or payment.kind != kind:
        raise Refused(Status.STATE, f"no {kind} {action.bet_ref}")
    if (payment.currency, payment.vendor_id) != (call.currency, call.provider):
        found = f"in {payment.currency} by {payment.vendor_id}"
        raise Refused(Status.OTHER_PLAYERS, f"{kind} {action.bet_ref} is {found}")
    if payment.state not in states:
        raise Refused(Status.STATE, f"{kind} {action.bet_ref} is {payment.state}")
    return payment


def step_payment(
    posting: Posting, payment: Payment, state: str, *, amount: int | None = None
) -> None:
    """Bring a payment to a state; `amount` is what the step is about if not all of the payment.

    What a deposit was approved for is its amount from then on; the one asked for stays in the
    movement of the request.
    """
    about = payment.amount if amount is None else amount
    kept = about if state == "approved" else payment.amount
    changed = msgspec.structs.replace(
        payment, state=state, amount=kept, changed_us=posting.call.at_us
    )
    _put(posting, changed, about)


def whole_of(posting: Posting, payment: Payment) -> None:
    """Refuse a step that names another amount than the payment's; 0 names none."""
    if posting.action.amount not in (0, payment.amount):
        raise Refused(Status.REFUSED, f"{payment.kind} {payment.payment_id} is all or nothing")


def _put(posting: Posting, payment: Payment, about: int) -> None:
    posting.books.put(payment)
    posting.details |= {
        "payment_id": payment.payment_id, "amount": about, "method": payment.method,
        "vendor_id": payment.vendor_id, "instrument_id": payment.instrument_id,
        "bonus_code": payment.bonus_code,
    }  # fmt: skip
