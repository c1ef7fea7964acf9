"""Where the gate looks players up: live holds, or the file. Way: state store, file -> here -> gate.

While the states of the views as declared are live, so are the features, and what holds players is
asked of the same store, after the features. Otherwise features are vectors, and the file built from
what has landed knows. A store that cannot be asked is a fault, never a reason to ask the file.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from core.clock import Clock, SystemClock
from core.errors import EvenhandError
from core.rg_store import RgStateReader
from core.rule import Knowledge
from core.settings import SQLITE, Settings
from features.live_holds import LiveHolds
from features.registry import all_views
from features.state.layout import layout_of
from features.state_store import StateStore, open_states

PATIENCE_S = 0.25
"""How long the store may take: nobody else is answered meanwhile."""
PAUSE_S = 1.0
"""How long a store that failed is not asked again; everybody is protected meanwhile."""
_UNREADABLE = (sqlite3.Error, OSError, ValueError, OverflowError, EvenhandError)


class RgStatesInUse:
    """Looks players up; not for use by two threads at once.

    `clock` is the `now` of live features; None = as the settings say. `silence_s`: how long the log
    may go unread.
    """

    def __init__(self, settings: Settings, *, silence_s: float, clock: Clock | None = None) -> None:
        self._settings, self._silence = settings, timedelta(seconds=silence_s)
        is_wall = settings.serving_clock == "wall"
        self._clock = clock or (SystemClock() if is_wall else None)
        self._generation = layout_of(all_views()).generation
        self._landed = RgStateReader(settings.rg_state)
        self._store: StateStore | None = None
        self._file: int | None = None
        self._fault, self._again_at = "", 0.0

    def look_up(self, player_ids: Sequence[str]) -> Mapping[str, Knowledge]:
        """Return what is known of each player; a fault is an answer, never an exception."""
        if time.monotonic() < self._again_at:
            return self._failed(player_ids)
        try:
            live = self._live()
            known = None if live is None else live.look_up(player_ids)
        except _UNREADABLE as error:
            self._fault = f"live states cannot be read: {type(error).__name__}"
            self._again_at = time.monotonic() + PAUSE_S
            return self._failed(player_ids)
        return self._landed.look_up(player_ids) if known is None else known

    def _failed(self, player_ids: Sequence[str]) -> dict[str, Knowledge]:
        return {player_id: Knowledge(fault=self._fault) for player_id in player_ids}

    def _live(self) -> LiveHolds | None:
        store = self._opened()
        if store is None:
            return None
        return LiveHolds(store, self._generation, self._clock, self._silence)

    def _opened(self) -> StateStore | None:
        """Return the store, opened anew if its file was replaced; None while there is none."""
        where = self._settings.states
        if self._settings.online_store == SQLITE:
            file = _file(Path(where))
            if file != self._file:
                if self._store is not None:
                    self._store.close()
                self._store, self._file = None, file
            if file is None:
                return None
        if self._store is None:
            self._store = open_states(where, patience_s=PATIENCE_S)
        return self._store


def _file(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None
