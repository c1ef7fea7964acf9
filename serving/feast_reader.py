"""The online features as the service sees them. Way: features.online -> here -> serving.score.

One feature service holds the views of every card, so that a score is one read whichever models are
asked. While players' states are live, values are those of the instant of the question. A store that
was replaced is opened anew; one that is gone is down, never empty.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence

from feast.errors import FeastError

from core.clock import Clock
from core.errors import EvenhandError
from core.settings import Settings
from features.online import OnlineReader, OnlineRows
from serving.ports import StoreDownError
from serving.store_file import store_stamp

SERVICE = "scoring"
UNREADABLE = (sqlite3.Error, OSError, ValueError, EvenhandError, FeastError)


class FeastReader:
    """Reads all features any card wants; safe to share between threads.

    `clock` is the `now` of live features; None = as the settings say.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self._settings, self._clock, self._lock = settings, clock, threading.Lock()
        self._file = store_stamp(self._settings)
        self._reader = OnlineReader(settings, SERVICE, clock)
        self.names = self._reader.names

    def read(self, player_ids: Sequence[str]) -> OnlineRows:
        """Return a row per player.

        Raises:
            StoreDownError: the store is not there, or cannot be read.
        """
        try:
            return self._current().read(player_ids)
        except UNREADABLE as error:
            raise StoreDownError(f"the online store cannot be read: {error}") from error

    def is_filled(self) -> bool:
        """Say whether the store is there and anything was ever written to it."""
        try:
            return self._current().is_filled()
        except UNREADABLE:
            return False

    def _current(self) -> OnlineReader:
        file = store_stamp(self._settings)
        if file != self._file:
            with self._lock:
                reader = OnlineReader(self._settings, SERVICE, self._clock)
                self._reader, self._file = reader, file
        return self._reader
