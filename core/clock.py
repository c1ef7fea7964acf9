"""The only place that reads the clock. Way: an entry point makes one, others are given it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time, always aware and in UTC."""

    def now(self) -> datetime:
        """Return this instant."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return this instant."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still, for replays and tests.

    >>> FixedClock(datetime(2026, 1, 1, tzinfo=UTC)).now().isoformat()
    '2026-01-01T00:00:00+00:00'
    """

    at: datetime

    def now(self) -> datetime:
        """Return the instant it was given."""
        return self.at
