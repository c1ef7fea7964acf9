"""What the relay makes of an outbox. Way: a ledger -> relay -> a log of its own -> tests."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine

from core.events.codec import decode
from core.events.envelope import Event
from core.ledger.migrate import database_url
from core.ledger.relay import Relay
from core.log.open_log import open_log


def told(url: str, folder: Path, rates: Callable[[str], int] = lambda _: 1_000_000) -> list[Event]:
    """Tell all that waits; return every event, in order."""
    engine = create_engine(database_url(url))
    with closing(open_log(f"sqlite:///{folder / 'log.sqlite'}", 1)) as log:
        relay = Relay(engine, log, rates, "EUR")
        while relay.step():
            pass
        assert not relay.stuck
        lines = [line for batch in log.read_range(0, 0, 10**9) for line in batch.value]
    engine.dispose()
    return [event for event in map(decode, lines) if isinstance(event, Event)]
