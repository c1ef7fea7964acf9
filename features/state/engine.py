"""Players' states in memory. Way: fact batches -> here -> packed states in the store.

The states of resident players lie in one arena of 64-bit words; a table has a row (slot) per player
with where his words are, how many, the newest fact's known time and the last offset. What a state
becomes depends on the facts folded in alone, so it may be dropped and loaded again at any time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.errors import NotReadyError
from features.state.facts import FactBatch
from features.state.folding import fold_features
from features.state.inputs import NULL
from features.state.kernel import (
    NEWEST,
    OFFSET,
    ROOM,
    START,
    USED,
    compact,
    settle,
    update,
)  # fmt: skip
from features.state.layout import FORMAT, NOT_A_PLAYER, StateLayout
from features.state.packing import HEAD, WORDS_MOST, got, pack_states, unpack
from features.state.program import program_of
from features.state.reader import epoch_of, newest_recorded_of, offset_of, whole_of
from features.state.tables import Integers, tables_of
from features.state.values import Values, no_values

_COLUMNS = 6
_PACKED_AT_ONCE = 4_096
_MORE_WORDS = 1 << 16


class Engine:
    """Folds facts into the states of players; one per worker, not safe between threads."""

    def __init__(self, layout: StateLayout, epoch: int = 0) -> None:
        self.layout, self.epoch = layout, epoch
        self._tables = tables_of(layout)
        self._slot: dict[str, int] = {}
        self._free: list[int] = []
        self._slots: Integers = np.zeros((1_024, _COLUMNS), dtype=np.int64)
        self._words: Integers = np.zeros(1 << 16, dtype=np.int64)
        self._meta: Integers = np.zeros(2, dtype=np.int64)  # words used, words lost to moves

    def __len__(self) -> int:
        return len(self._slot)

    @property
    def bytes_held(self) -> int:
        """Bytes of the arena in use, without those lost to moves, and of the players' table."""
        live = int(self._meta[0] - self._meta[1]) * 8
        return live + len(self._slot) * _COLUMNS * 8

    def resident(self, player: str) -> bool:
        """Say whether a player's state is in memory."""
        return player in self._slot

    def update(self, batch: FactBatch) -> list[str]:
        """Fold a batch in, in its order; return the players it touched, each once.

        A fact at or before the offset its player's state has seen changes nothing; offset -1 (from
        the warehouse) is always folded in. A player not resident starts from nothing.
        """
        is_known = batch.fact != NOT_A_PLAYER
        places = [self._slot_of(p) if k else -1
                  for p, k in zip(batch.player, is_known.tolist(), strict=True)]  # fmt: skip
        envelope = np.column_stack(
            [places, batch.fact, batch.occurred, batch.recorded,
             batch.id_high.view(np.int64), batch.id_low.view(np.int64), batch.offset]
        ).astype(np.int64, copy=False)  # fmt: skip
        done = 0
        while done < len(batch):
            done = update(self._tables, self._words, self._slots, self._meta, envelope,
                          batch.cells, done)  # fmt: skip
            if done < len(batch):
                self._make_room(_MORE_WORDS)
        return list(dict.fromkeys(p for p, k in zip(batch.player, is_known, strict=True) if k))

    def load(self, players: Sequence[str], blobs: Sequence[bytes | None]) -> None:
        """Take states from the store; a player without one starts from nothing.

        A state of another epoch keeps its facts and forgets its offset.

        Raises:
            NotReadyError: the bytes of a state are broken.
        """
        for player, blob in zip(players, blobs, strict=True):
            slot = self._slot_of(player)
            if blob is not None:
                self._load(player, slot, blob)

    def pack(self, players: Sequence[str]) -> list[bytes]:
        """Settle the states of resident players and return them packed, in the order asked."""
        packed: list[bytes] = []
        for first in range(0, len(players), _PACKED_AT_ONCE):
            part = players[first : first + _PACKED_AT_ONCE]
            slots = np.array([self._slot[player] for player in part], dtype=np.int64)
            out, ends = pack_states(self._tables, self._words, self._slots, slots,
                                     np.array([self.epoch, FORMAT], dtype=np.int64))  # fmt: skip
            data, start = out.tobytes(), 0
            for end in ends.tolist():
                packed.append(data[start:end])
                start = end
        return packed

    def values(self, players: Sequence[str], now_us: int, names: Sequence[str] = ()) -> Values:
        """Return features of resident players at `now_us` or their newest fact, if that is later.

        `names` empty means every feature of the layout.
        """
        asked = tuple(names) or self.layout.feature_names
        program = program_of(self.layout, asked)
        values = no_values(len(players), whole_of(self.layout, asked))
        for i, player in enumerate(players):
            slot = self._slot[player]
            self._settle(slot)
            start, used = self._slots[slot, START], self._slots[slot, USED]
            now = max(now_us, int(self._slots[slot, NEWEST]))
            fold_features(self._tables, program, self._words[start : start + used], used, now,
                          values.integers[i], values.doubles[i], values.is_null[i])  # fmt: skip
        return values

    def drop(self, players: Sequence[str]) -> None:
        """Forget states; what was not stored is lost."""
        for player in players:
            slot = self._slot.pop(player)
            self._meta[1] += self._slots[slot, ROOM]
            self._slots[slot] = 0
            self._free.append(slot)

    def compact(self) -> None:
        """Settle every state and give back what moves and drops have left empty."""
        for slot in self._slot.values():
            self._settle(slot)
        self._make_room(0)

    def _settle(self, slot: int) -> None:
        row = self._slots[slot]
        row[USED] = settle(self._tables, self._words, row[START], row[USED], row[NEWEST])

    def _slot_of(self, player: str) -> int:
        slot = self._slot.get(player)
        if slot is None:
            slot = self._free.pop() if self._free else len(self._slot)
            if slot >= len(self._slots):
                self._slots = np.vstack([self._slots, np.zeros_like(self._slots)])
            self._slots[slot] = 0
            self._slots[slot, [NEWEST, OFFSET]] = NULL, -1
            self._slot[player] = slot
        return slot

    def _make_room(self, need: int) -> None:
        """Copy the states into an arena with room for `need` words, a quarter more, and a move.

        The largest state must fit in once more: growing, it is copied behind the others.
        """
        live, largest = int(self._slots[:, USED].sum()), int(self._slots[:, USED].max())
        into = np.empty(live + live // 4 + 2 * (largest + need), dtype=np.int64)
        self._meta[:] = compact(self._words, self._slots, into), 0
        self._words = into

    def _load(self, player: str, slot: int, blob: bytes) -> None:
        newest = newest_recorded_of(blob)
        data = np.frombuffer(blob, dtype=np.uint8)
        most = min(int(got(data, HEAD, len(blob))[0]), WORDS_MOST)
        if self._meta[0] + most > len(self._words):
            self._make_room(max(most, _MORE_WORDS))
        start = int(self._meta[0])
        used = unpack(self._tables, data, HEAD, len(blob), newest, self._words, start)
        if used < 0:
            raise NotReadyError(
                f"the state of player {player} is broken",
                expected=f"bytes of generation {self.layout.generation}",
                hint="build the generation anew: evenhand stream rebuild",
            )
        self._meta[0] += used
        self._meta[1] += self._slots[slot, ROOM]
        offset = offset_of(blob) if epoch_of(blob) == self.epoch else -1
        self._slots[slot] = (start, used, used, newest, offset, 0)
