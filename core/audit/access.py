"""What the log says of those who take from it. Way: exporting -> here -> append."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def access_chain(chain: str) -> str:
    """Return the chain in which looks into a chain are told.

    >>> access_chain("rg:GB")
    'access:GB'
    """
    return f"access:{chain.partition(':')[2]}"


def access_body(
    event: str, at_us: int, staff_id: str, chain: str, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a body that says what a member of staff did with a chain; `at_us` in UTC."""
    ts_utc = (_EPOCH + timedelta(microseconds=at_us)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "at_us": at_us, "ts_utc": ts_utc, "event": event, "actor": "staff",
        "staff_id": staff_id, "jurisdiction": chain.rpartition(":")[2],
        "inputs": {"chain": chain, **inputs},
    }  # fmt: skip
