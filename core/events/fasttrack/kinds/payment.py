"""PAYMENT: money in and out. Way: Fast Track <-> here <-> payment facts.

In: a credit is a deposit, a debit a withdrawal; an approved debit is money that left the house. A
payment tells each stage once, so an authorised and then captured card deposit counts once. Stages
no fact stands for (an undone debit, an approved authorisation) stay unknown. The method comes from
`meta.payment_method` where the operator sends it in our words. Lost: note, the two counts.
Out: a released but unpaid withdrawal has no word there and is not sent, nor is a wallet top-up;
instrument, device and decline reason stay in the house.
"""

from __future__ import annotations

import typing
from typing import Any

from core.events.fact import Fact
from core.events.families import payment as facts
from core.events.families.payment import Payment, PaymentMethod
from core.events.fasttrack.fields import Fields
from core.events.fasttrack.kind import Export, MessageKind
from core.money import decimal
from core.rate import rate_decimal

TYPES = {name: name for name in ("Authorization", "Capture", "Credit", "Debit", "Void")}
STATUSES = {name: name for name in ("Approved", "Cancelled", "Rejected", "Requested", "Rollback")}
STAGES: dict[tuple[str, str], type[Payment]] = {
    ("Credit", "Requested"): facts.DepositRequested,
    ("Credit", "Approved"): facts.DepositApproved,
    ("Credit", "Rejected"): facts.DepositDeclined,
    ("Credit", "Cancelled"): facts.DepositCancelled,
    ("Credit", "Rollback"): facts.DepositChargedBack,
    ("Debit", "Requested"): facts.WithdrawalRequested,
    ("Debit", "Approved"): facts.WithdrawalPaid,
    ("Debit", "Rejected"): facts.WithdrawalDeclined,
    ("Debit", "Cancelled"): facts.WithdrawalCancelled,
    ("Authorization", "Requested"): facts.DepositRequested,
    ("Authorization", "Rejected"): facts.DepositDeclined,
    ("Authorization", "Cancelled"): facts.DepositCancelled,
    ("Capture", "Approved"): facts.DepositApproved,
    ("Capture", "Rejected"): facts.DepositDeclined,
    ("Capture", "Rollback"): facts.DepositChargedBack,
    ("Void", "Approved"): facts.DepositCancelled,
}
WORDS = {stage: words for words, stage in reversed(STAGES.items())}
METHODS: tuple[PaymentMethod, ...] = typing.get_args(PaymentMethod)


def read(fields: Fields) -> Fact | str:
    """Read one stage of a payment."""
    words = fields.choice("type", TYPES), fields.choice("status", STATUSES)
    stage = STAGES.get(words)
    if stage is None:
        return ".".join(words)
    method = fields.meta().text_or_none("payment_method")
    payment: dict[str, Any] = {
        "currency": fields.currency(),
        "exchange_rate_e6": fields.rate_e6(),
        "payment_id": fields.text("payment_id"),
        "amount_minor": fields.minor("amount"),
        "method": method if method in METHODS else "unknown",
        "vendor_id": fields.text("vendor_id"),
        "vendor_name": fields.text_or_none("vendor_name"),
        "fee_minor": fields.minor_or_none("fee_amount") or 0,
    }
    if stage is facts.DepositApproved:
        payment["bonus_code"] = fields.text_or_none("bonus_code")
    return stage(**payment)


def identity(fields: Fields, fact: Fact) -> tuple[str, ...]:
    """A payment reaches each of its stages once."""
    return type(fact).__name__, fields.text("payment_id")


def write(export: Export) -> dict[str, Any]:
    """Write one stage of a payment."""
    payment = export.event.fact
    if not isinstance(payment, Payment):
        raise TypeError(type(payment).__name__)
    kind, status = WORDS[type(payment)]
    payload: dict[str, Any] = {
        "type": kind,
        "status": status,
        "payment_id": payment.payment_id,
        "vendor_id": payment.vendor_id,
        "currency": payment.currency,
        "amount": decimal(payment.amount_minor, payment.currency),
        "fee_amount": decimal(payment.fee_minor, payment.currency),
        "exchange_rate": rate_decimal(
            payment.exchange_rate_e6, payment.currency, export.base_currency
        ),
        "meta": {"payment_method": payment.method},
    }
    if payment.vendor_name:
        payload["vendor_name"] = payment.vendor_name
    if isinstance(payment, facts.DepositApproved) and payment.bonus_code:
        payload["bonus_code"] = payment.bonus_code
    return payload


PAYMENT = MessageKind(
    kind="PAYMENT",
    read=read,
    identity=identity,
    writes=tuple(WORDS),
    write=write,
)
