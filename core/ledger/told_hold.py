"""When a hold ends, from an outbox row. Way: tellers -> here -> events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.ledger.teller import Told

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def until(told: Told) -> datetime | None:
    """Return the end of the hold an outbox row tells of; null for none."""
    end_us = told.body.details.get("until_us")
    return None if end_us is None else _EPOCH + timedelta(microseconds=int(end_us))
