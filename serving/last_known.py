"""The last scores of each player, for when features come too late. Way: serving.score <-> here."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class LastKnown(Generic[K, T]):
    """Remembers a bounded count of entries, the longest untouched forgotten first.

    >>> last = LastKnown[str, int](2)
    >>> for number, player_id in enumerate(["a", "b", "c"]): last.put(player_id, number)
    >>> last.get("a"), last.get("c")
    (None, 2)
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._entries: OrderedDict[K, T] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: K, scores: T) -> None:
        """Remember."""
        with self._lock:
            self._entries[key] = scores
            self._entries.move_to_end(key)
            if len(self._entries) > self._count:
                self._entries.popitem(last=False)

    def get(self, key: K) -> T | None:
        """Recall."""
        with self._lock:
            return self._entries.get(key)
