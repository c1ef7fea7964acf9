"""Ties of players to shared keys, told to the store once. Way: decoder -> here -> flush.

Most facts repeat a tie already told (the same device logs in again); the last million are
remembered, so that a flush writes only what is new or known from an earlier instant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from features.state_store import StateStore

_REMEMBERED = 1_000_000
_Name = tuple[str, str, str]  # view, key, player


@dataclass(slots=True)
class PendingTies:
    """What the store has not been told."""

    _waiting: dict[_Name, int] = field(default_factory=dict)
    _told: dict[_Name, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, ties: Mapping[_Name, int]) -> None:
        """Take ties with when they became known (UTC microseconds); the earliest counts."""
        waiting, told = self._waiting, self._told
        for name, recorded in ties.items():
            known = told.get(name)
            if known is None or recorded < known:
                told[name] = waiting[name] = recorded

    def flush(self, store: StateStore, generation: str) -> None:
        """Tell the store; after a failure all are still waiting.

        Raises:
            StateStoreError: it cannot be written now.
        """
        if self._waiting:
            store.add_links(generation, [(*name, at) for name, at in self._waiting.items()])
            self._waiting.clear()
        if len(self._told) > _REMEMBERED:
            self._told.clear()
