"""SIGTERM and Ctrl-C as an event that long verbs look at. Way: verbs -> here."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event as Stop


@contextmanager
def stopping() -> Iterator[Stop]:
    """Yield what SIGTERM and Ctrl-C set; what they did before is put back."""
    stop = Stop()
    kinds = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(kind, lambda *_: stop.set()) for kind in kinds]
    try:
        yield stop
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)
