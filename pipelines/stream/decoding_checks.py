"""What is an event and yet no fact of the warehouse. Way: decoding -> here -> poison.

Landing refuses these (pipelines.landing.checks says it in SQL); a stream that took them would count
what the warehouse will never hold. A test holds the two together.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.events.envelope import Event
from core.events.fact import MoneyFact
from pipelines.stream.decoding_kernel import LARGEST_IN_BASE

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    """Return an instant as UTC microseconds."""
    return (at - _EPOCH) // _MICROSECOND


EARLIEST_US, LATEST_US = micros(_EARLIEST), micros(_LATEST)


AHEAD_US = 60_000_000
"""How far a sender's clock may be ahead of the log's."""


def from_the_future(recorded_us: int, appended_us: int) -> str | None:
    """Return why a known time cannot be believed, or null; it would move log time ahead of all.

    It is held against the instant the message was appended, so that it is the same verdict whenever
    the message is read.
    """
    if recorded_us <= appended_us + AHEAD_US:
        return None
    ahead_s = (recorded_us - appended_us) / 1_000_000
    return f"known time in the future: recordedtime is {ahead_s:.0f} s after it was appended"


def refusal(event: Event) -> str | None:
    """Return why an event the contract accepts cannot be landed, or null."""
    for name, at in (("occurred_at", event.time), ("recorded_at", event.recorded)):
        if not _EARLIEST <= at < _LATEST:
            bounds = f"{_EARLIEST:%Y-%m-%d} to {_LATEST:%Y-%m-%d}"
            return f"{name} {at:%Y-%m-%d %H:%M:%S} lies outside {bounds}: is the time unit right?"
    return _money_refusal(event.fact) if isinstance(event.fact, MoneyFact) else None


def _money_refusal(fact: MoneyFact) -> str | None:
    largest = LARGEST_IN_BASE // fact.exchange_rate_e6
    for name in fact.__struct_fields__:
        amount = getattr(fact, name) if name.endswith("_minor") else None
        if amount is not None and amount < 0:
            return f"{name} {amount} is negative"
        if amount is not None and amount > largest:
            return f"{name} {amount} overflows in base currency"
    return None
