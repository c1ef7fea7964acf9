"""One process of the wallet: providers' requests in, the outbox out. Way: CLI -> here -> uvicorn.

The relay runs beside the server in a thread of its own, so that an event log that is away never
holds up a bet; several processes may share a PostgreSQL ledger, then one of them relays.
"""

from __future__ import annotations

import gc
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.clock import Clock
from core.errors import EventError
from core.ledger.batcher import Lanes
from core.ledger.ledger import Ledger
from core.wallet.adapter import Handler
from core.wallet.app import WalletApp
from core.wallet.loop_batcher import LoopBatcher

if TYPE_CHECKING:
    from core.ledger.relay import Relay

KEEP_ALIVE_S = 75
REQUESTS_MOST = 4_000
"""Requests at a time; one more is refused with HTTP 503, so that nothing piles up."""
LOOK_UPS = 16
"""Sessions looked up at a time."""
RETRIES_S = 60.0
"""After how long rows that could not be told are tried again."""
_QUIET_S, _AWAY_S = 0.02, 1.0
_DRAWN = random.Random()  # noqa: S311 - names of requests, no secret


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Door:
    """The ledger behind the door, and how many batches of it are written at once."""

    ledger: Ledger
    lanes: Lanes


def serve(door: Door, handlers: Mapping[str, Handler], clock: Clock, address: Address) -> None:
    """Answer providers until SIGTERM or SIGINT; what is in flight is finished."""
    import uvicorn

    lanes = ThreadPoolExecutor(door.lanes.count, "lane")  # look-ups never hold them up
    look_ups = ThreadPoolExecutor(LOOK_UPS, "look-up")
    with lanes, look_ups:
        batcher = LoopBatcher(door.ledger, door.lanes, lanes)
        app = WalletApp(handlers, batcher.submit, look_ups, clock, new_trace)
        gc.freeze()  # what was loaded by now stays: it need not be looked through again and again
        uvicorn.run(
            app, host=address.host, port=address.port, log_level="warning", access_log=False,
            timeout_keep_alive=KEEP_ALIVE_S, limit_concurrency=REQUESTS_MOST, http=http_protocol(),
        )  # fmt: skip


def new_trace() -> str:
    """Return a name for what follows a request: 128 bits, drawn from a seed of the system's."""
    return f"{_DRAWN.getrandbits(128):032x}"


def http_protocol() -> Any:
    """Return what reads HTTP: the wallet's own protocol; uvicorn's without the parser it needs."""
    try:
        from core.wallet.http_door import HttpDoor
    except ImportError:
        return "auto"
    return HttpDoor


@contextmanager
def relaying(
    relay: Relay, on_outage: Callable[[Exception], None], *, retries_s: float = RETRIES_S
) -> Iterator[None]:
    """Tell the outbox to the log while the body runs, and what is left after it.

    While log or ledger do not answer it tries again every second; `on_outage` hears of each time,
    and every `retries_s` of rows that cannot be told, which are then tried again.
    """
    stop = threading.Event()
    asked = (relay, stop, on_outage, retries_s)
    thread = threading.Thread(target=_relay, args=asked, name="relay", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _relay(
    relay: Relay,
    stop: threading.Event,
    on_outage: Callable[[Exception], None],
    retries_s: float,
) -> None:
    since_s = 0.0
    while True:
        is_last = stop.is_set()
        if since_s >= retries_s and not is_last:
            _retry(relay, on_outage)
            since_s = 0.0
        try:
            waits_s = 0.0 if relay.step() else _QUIET_S
        except Exception as error:  # noqa: BLE001 - a relay that died unheard would tell nothing more
            on_outage(error)
            waits_s = _AWAY_S
        if is_last:
            return
        since_s += max(waits_s, _QUIET_S)
        stop.wait(waits_s)


def _retry(relay: Relay, on_outage: Callable[[Exception], None]) -> None:
    if not relay.stuck:
        return
    rows = "1 row" if len(relay.stuck) == 1 else f"{len(relay.stuck)} rows"
    waits = "waits" if len(relay.stuck) == 1 else "wait"
    reason = next(iter(relay.stuck.values()))
    on_outage(EventError(f"{rows} of the outbox {waits}, such as {reason}"))
    relay.retry()
