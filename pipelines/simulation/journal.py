"""What a block's steps leave behind, by kind. Way: steps -> here -> facts of the block."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from pipelines.simulation.plan import Array


class Journal:
    """Arrays appended step by step under a kind; read once, joined."""

    def __init__(self) -> None:
        self._parts: dict[str, list[dict[str, Array]]] = defaultdict(list)
        self._counts: dict[str, int] = defaultdict(int)

    def add(self, kind: str, /, **columns: Array) -> int:
        """Append rows; return the number of the first of them within its kind."""
        first = self._counts[kind]
        length = len(next(iter(columns.values())))
        if length:
            self._parts[kind].append(columns)
            self._counts[kind] += length
        return first

    def count(self, kind: str) -> int:
        """Return how many rows a kind holds so far."""
        return self._counts[kind]

    def take(self, kind: str) -> dict[str, Array] | None:
        """Join and hand over the rows of a kind, freeing them; None when there are none."""
        parts = self._parts.pop(kind, [])
        if not parts:
            return None
        return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
