"""What limit facts share, from an outbox row. Way: tellers -> here -> events."""

from __future__ import annotations

from typing import Any, get_args

from core.events.families.limit import LimitKind, Period
from core.ledger.teller import Told
from core.ledger.units import whole_minor

_KINDS, _PERIODS = frozenset(get_args(LimitKind)), frozenset(get_args(Period))
_SECONDS = frozenset({"time", "session"})


def limit_fields(told: Told) -> dict[str, Any] | None:
    """Return kind and period; null for a limit the events have no word for (one of four weeks)."""
    details = told.body.details
    kind = str(details.get("limit", "")).removeprefix("net_")
    period = str(details.get("period") or "bet")
    if kind not in _KINDS or period not in _PERIODS:
        return None
    return {"kind": kind, "period": period}


def money_fields(told: Told) -> dict[str, Any]:
    """Return the currency and its rate."""
    return {"currency": told.body.currency, "exchange_rate_e6": told.exchange_rate_e6}


def amount_minor(told: Told, name: str) -> int | None:
    """Return an amount of the details in whole minor units; null for none or a limit of time."""
    amount = told.body.details.get(name)
    if amount is None or told.body.details.get("limit") in _SECONDS:
        return None
    return whole_minor(int(amount), told.body.currency)


def seconds(told: Told) -> int | None:
    """Return a limit of time in seconds; null for one of money."""
    is_time = told.body.details.get("limit") in _SECONDS
    amount = told.body.details.get("amount")
    return int(amount) if is_time and amount is not None else None
