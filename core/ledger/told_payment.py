"""What all payment facts say, from an outbox row. Way: tellers -> here -> events."""

from __future__ import annotations

from typing import Any, Literal, get_args

from core.events.families.payment import PaymentMethod
from core.ledger.teller import Told
from core.ledger.units import whole_minor

_METHODS = frozenset(get_args(PaymentMethod))


def payment_fields(told: Told) -> dict[str, Any]:
    """Return the fields every payment fact shares; a method the events do not know is unknown."""
    body = told.body
    details = body.details or {"payment_id": body.bet_ref, "amount": body.amount, **body.context}
    method = details.get("method")
    return {
        "payment_id": str(details["payment_id"]),
        "amount_minor": whole_minor(int(details["amount"]), body.currency),
        "currency": body.currency,
        "exchange_rate_e6": told.exchange_rate_e6,
        "method": method if method in _METHODS else "unknown",
        "vendor_id": str(details.get("vendor_id") or body.provider),
        "vendor_name": body.context.get("vendor_name"),
        "instrument_id": details.get("instrument_id"),
        "device_id": body.context.get("device_id"),
        "session_id": body.context.get("session_id"),
    }


def decline_code(
    reason: str,
) -> Literal["insufficient_funds", "issuer", "limit", "fraud_rule", "technical", "unknown"]:
    """Return a provider's reason as the events say it; one they do not know is unknown."""
    match reason:
        case "insufficient_funds" | "issuer" | "limit" | "fraud_rule" | "technical":
            return reason
    return "unknown"
