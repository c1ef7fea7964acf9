"""Events sent at a steady rate by a process of its own. Way: stream_messages -> here -> the log."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass

from benchmarks.stream_messages import Messages
from core.log.open_log import open_log

_A_SECOND = 100
"""How often a second some are sent; each is recorded the moment it is sent."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent where: events a second, of how many players; `seed` makes other ids."""

    address: str
    rate: int
    players: int
    seed: int


@contextmanager
def sending(load: Load) -> Iterator[subprocess.Popen[bytes]]:
    """Send until the block ends."""
    code = "import sys; from benchmarks.stream_load import send; send(sys.argv[1:])"
    process = subprocess.Popen([sys.executable, "-c", code, *map(str, astuple(load))])
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def send(given: list[str]) -> None:
    """Send for ever; where the log keeps it waiting it catches up, so that the rate holds."""
    load = Load(given[0], *map(int, given[1:]))
    log, messages = open_log(load.address), Messages(load.players, seed=load.seed)
    began, sent = time.monotonic(), 0
    while True:
        time.sleep(1 / _A_SECOND)
        due = int((time.monotonic() - began) * load.rate) - sent
        now = time.time_ns() // 1000
        log.append(messages.drawn(due, now, now))
        sent += due
