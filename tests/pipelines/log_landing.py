"""Events in a log and landers that bring them home. Way: here -> tests of landing a log."""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from core.clock import SystemClock
from core.events.codec import encode
from core.events.envelope import Event
from core.events.families.payment import DepositApproved
from core.log.event_log import Entry, EventLog
from core.settings import Settings
from pipelines.landing.counts import Landing
from pipelines.landing.log_land import LogLander, LogTarget
from tests.services.server import wait_until

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
Content = Callable[[Path, str], list[tuple[Any, ...]]]


def event_line(number: int, **changes: Any) -> bytes:
    paid = DepositApproved(
        currency="EUR", exchange_rate_e6=1_000_000, payment_id=f"pay{number}", amount_minor=number
    )
    whole: dict[str, Any] = {
        "id": UUID(int=number), "source": "house/cashier", "subject": f"p{number % 5}",
        "time": NOON, "recorded": NOON + timedelta(seconds=number), "fact": paid,
    }  # fmt: skip
    return encode(Event(**whole | changes))


def append(log: EventLog, values: Sequence[bytes]) -> None:
    log.append([Entry(f"p{i % 5}", value, i) for i, value in enumerate(values)])


def land_all(log: EventLog, house: Settings, name: str = "log#landing") -> Landing | None:
    """Land all a log holds, as `evenhand land --from-log` does."""
    lander = new_lander(log, house, name)
    try:
        gather_all(lander, log)
        return lander.land() if lander.held.count else None
    finally:
        close(lander)


def new_lander(log: EventLog, house: Settings, name: str = "log#landing") -> LogLander:
    """Return a lander with a seat of its own: what keeps landers apart is the warehouse alone."""
    lander = LogLander(LogTarget(house, name, SystemClock()))
    seat = f"{name}-{uuid.uuid4()}"
    lander.reader = log.reader(seat, lander, partitions=range(log.partitions))
    return lander


def gather_all(lander: LogLander, log: EventLog) -> None:
    ends = {partition: log.bounds(partition).end for partition in range(log.partitions)}

    def is_read() -> bool:
        lander.gather(1_000, 0.05)
        held = lander.held.stretches
        return all(p in held and held[p].next >= end for p, end in ends.items())

    wait_until(is_read, 30, "reading the log")


def close(lander: LogLander) -> None:
    if lander.reader is not None:
        lander.reader.close()


def numbers_landed(content: Content, house: Settings) -> list[int]:
    return sorted(row[0].int for row in content(house.warehouse, "deposit_approved"))
