"""Players' states in memory. Way: fact batches -> here -> packed states in the store.

The states of resident players lie in one arena of 64-bit words; a table has a row (slot) per player
with where his words are, how many, the newest fact's known time and the last offset. What a state
becomes depends on the facts folded in alone, so it may be dropped and loaded again at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import NoReturn

import numpy as np

from core.errors import NotReadyError
from features.state.clauses import clauses_of
from features.state.facts import FactBatch
from features.state.flat import Integers
from features.state.folding import held_values
from features.state.inputs import NULL
from features.state.kernel import (
    HIGHEST,
    ROOM,
    ROWS,
    SIZES,
    START,
    USED,
    compact,
    give_back,
)  # fmt: skip
from features.state.layout import FORMAT, NOT_A_PLAYER, StateLayout
from features.state.packing import pack_states
from features.state.program import program_of
from features.state.reader import whole_of
from features.state.tables import tables_of
from features.state.unpacking import load_states
from features.state.updating import update
from features.state.values import Values, no_values

_COLUMNS = 8  # a player's slot is one line of the processor's cache
_EMPTY = (0, 0, 0, 0, NULL, -1, 0, HIGHEST)  # see features.state.kernel
_PACKED_AT_ONCE = 4_096
_PACKED_ROOM = 1 << 20  # bytes; used again and again, it stays in the processor's cache
_MORE_WORDS = 1 << 16


class Engine:
    """Folds facts into the states of players; one per worker, not safe between threads.

    States in use are open: words in the arena. `compact` closes them: packed bytes, a quarter of
    the size; a closed state is opened again when a fact of its player comes.
    """

    def __init__(self, layout: StateLayout, epoch: int = 0) -> None:
        self.layout, self.epoch = layout, epoch
        self._tables, self._clauses = tables_of(layout), clauses_of(layout)
        self._hints: Integers = np.zeros((len(layout.groups), 3), dtype=np.int64)
        self._slot: dict[str, int] = {}
        self._closed: dict[str, bytes] = {}
        self._players: list[str] = []  # by slot
        self._free: list[int] = []
        self._slots: Integers = np.zeros((1_024, _COLUMNS), dtype=np.int64)
        self._words: Integers = np.zeros(_MORE_WORDS, dtype=np.int64)
        self._meta: Integers = np.full(1 + SIZES, -1, dtype=np.int64)  # see kernel.allot
        self._meta[0] = 0
        self._packed = np.empty(_PACKED_ROOM, dtype=np.uint8)

    def __len__(self) -> int:
        return len(self._slot) + len(self._closed)

    @property
    def players(self) -> list[str]:
        """Whose states are in memory, in no order."""
        return [*self._slot, *self._closed]

    @property
    def bytes_held(self) -> int:
        """Bytes of the states: the arena with its free room, the table of slots, the closed."""
        open_ = self._words.nbytes + self._slots.nbytes
        return open_ + sum(map(len, self._closed.values()))

    def resident(self, player: str) -> bool:
        """Say whether a player's state is in memory."""
        return player in self._slot or player in self._closed

    def update(self, batch: FactBatch) -> list[str]:
        """Fold a batch in, in its order; return the players it touched, each once.

        A fact at or before the offset its player's state has seen changes nothing; offset -1 (from
        the warehouse) is always folded in. A player not resident starts from nothing.
        """
        return self.players_at(self.fold(batch, self._places(batch)))

    def places(self, players: Sequence[str]) -> Integers:
        """Return where players stand, as of now: a number below `capacity`, -1 if not resident.

        A place is a player's until he is dropped or `compact` is called; then it is another's.
        """
        if self._closed:
            self._open({player for player in players if player in self._closed})
        try:
            return np.fromiter(map(self._slot.get, players), np.int64, len(players))
        except TypeError:  # asking whether one is new would take as long as asking for all
            found = [self._slot.get(player, -1) for player in players]
            return np.array(found, dtype=np.int64)

    @property
    def capacity(self) -> int:
        """How many places there are; grows."""
        return len(self._slots)

    def players_at(self, places: Integers) -> list[str]:
        """Return who stands at places."""
        return list(map(self._players.__getitem__, places.tolist()))

    def fold(self, batch: FactBatch, places: Integers) -> Integers:
        """Do as `update` with the places of the facts' players; return those touched, rising."""
        bits = len(batch).bit_length()
        places = np.where(batch.fact == NOT_A_PLAYER, -1, places)
        ranked = np.sort(places << bits | np.arange(len(batch)))  # no two are equal
        order, slots = ranked & (1 << bits) - 1, ranked >> bits
        envelope = np.empty((len(batch), 7), dtype=np.int64)
        envelope[order, 0] = slots
        envelope[:, 1], envelope[:, 2], envelope[:, 3] = batch.fact, batch.occurred, batch.recorded
        envelope[:, 4], envelope[:, 5] = batch.id_high.view(np.int64), batch.id_low.view(np.int64)
        envelope[:, 6] = batch.offset
        done = 0
        while done < len(batch):
            held = (self._tables, self._clauses, self._words, self._slots, self._meta)
            done = update(*held, self._hints, envelope, batch.cells, order, done)
            if done < len(batch):
                self._make_room(_MORE_WORDS)
        touched = slots[np.flatnonzero(np.diff(slots, prepend=-1))]
        return touched[touched >= 0]

    def load(self, players: Sequence[str], blobs: Sequence[bytes | None]) -> None:
        """Take states from the store; a player without one starts from nothing.

        A state of another epoch keeps its facts and forgets its offset.

        Raises:
            NotReadyError: the bytes of a state are broken.
        """
        found = [(p, blob) for p, blob in zip(players, blobs, strict=True) if blob is not None]
        for player in players:
            self._slot_of(player)
        slots = np.array([self._slot[player] for player, _ in found], dtype=np.int64)
        ends = np.cumsum([len(blob) for _, blob in found], dtype=np.int64)
        data = np.frombuffer(b"".join(blob for _, blob in found), dtype=np.uint8)
        done = 0
        while done < len(found):
            skipped = int(ends[done - 1]) if done else 0
            states = (data[skipped:], ends[done:] - skipped, slots[done:], self.epoch)
            count = load_states(self._tables, self._words, self._slots, self._meta, states)
            if count < 0:
                self._refuse(found[done - 1 - count][0])
            done += count
            if done < len(found):
                self._make_room(max(_MORE_WORDS, 4 * len(data) - 4 * skipped))

    def pack(self, players: Sequence[str]) -> list[bytes]:
        """Settle the states of resident players and return them packed, in the order asked."""
        if self._closed:
            self._open(player for player in players if player in self._closed)
        slots = np.fromiter(map(self._slot.__getitem__, players), np.int64, len(players))
        return self.pack_places(slots)

    def pack_places(self, slots: Integers) -> list[bytes]:
        """Do as `pack` with the places of the players."""
        widest = max((group.words for group in self.layout.groups), default=0)
        head = np.array([self.epoch, FORMAT, widest], dtype=np.int64)
        ends, packed = np.empty(len(slots), dtype=np.int64), list[bytes]()
        while (done := len(packed)) < len(slots):
            held = (self._tables, self._words, self._slots, slots[done:])
            count = pack_states(*held, head, self._packed, ends)
            if not count:
                self._packed = np.empty(2 * len(self._packed), dtype=np.uint8)
                continue
            upto = [0, *ends[:count].tolist()]
            data = self._packed[: upto[-1]].tobytes()
            packed += [data[start:end] for start, end in pairwise(upto)]
        return packed

    def values(self, players: Sequence[str], now_us: int, names: Sequence[str] = ()) -> Values:
        """Return features of resident players at `now_us` or their newest fact, if that is later.

        `names` empty means every feature of the layout.
        """
        self._open(player for player in players if player in self._closed)
        asked = tuple(names) or self.layout.feature_names
        program = program_of(self.layout, asked)
        values = no_values(len(players), whole_of(self.layout, asked))
        slots = np.array([self._slot[player] for player in players], dtype=np.int64)
        into = (values.integers, values.doubles, values.is_null)
        held = (self._words, self._slots, slots)
        held_values(self._tables, program.flat, program.lengths, held, now_us, into)
        return values

    def drop(self, players: Sequence[str]) -> None:
        """Forget states; what was not stored is lost."""
        for player in players:
            if self._closed.pop(player, None) is None:
                slot = self._slot.pop(player)
                start, room = int(self._slots[slot, START]), int(self._slots[slot, ROOM])
                give_back(self._words, self._meta, start, room)
                self._slots[slot] = 0
                self._free.append(slot)

    def compact(self, keep_open: Collection[str] = ()) -> None:
        """Close all states but some, and give back what they leave empty."""
        closing = [player for player in self._slot if player not in keep_open]
        for first in range(0, len(closing), _PACKED_AT_ONCE):
            part = closing[first : first + _PACKED_AT_ONCE]
            packed = self.pack(part)
            self.drop(part)
            self._closed.update(zip(part, packed, strict=True))
        taken = self._slots[:, USED] + 2 * self._slots[:, ROWS]
        into = np.empty(2 * int(taken.sum()) + _MORE_WORDS, dtype=np.int64)
        self._meta[0], self._meta[1:] = compact(self._words, self._slots, into), -1
        self._words = into

    def _open(self, closed: Iterable[str]) -> None:
        players = list(closed)
        if players:
            self.load(players, [self._closed.pop(player) for player in players])

    def _places(self, batch: FactBatch) -> Integers:
        """Return the place of every fact's player; one who is new gets his."""
        places = self.places(batch.player)
        if places.min(initial=0) < 0:
            for row in np.flatnonzero((places < 0) & (batch.fact != NOT_A_PLAYER)).tolist():
                places[row] = self._slot_of(batch.player[row])
        return places

    def _slot_of(self, player: str) -> int:
        slot = self._slot.get(player)
        if slot is None:
            if self._free:
                slot = self._free.pop()
                self._players[slot] = player
            else:
                slot = len(self._players)
                self._players.append(player)
            if slot >= len(self._slots):
                self._slots = np.vstack([self._slots, np.zeros_like(self._slots)])
            self._slots[slot] = _EMPTY
            self._slot[player] = slot
        return slot

    def _make_room(self, need: int) -> None:
        """Make the arena twice as long, and longer by `need` words."""
        longer = np.empty(2 * len(self._words) + need, dtype=np.int64)
        longer[: len(self._words)] = self._words
        self._words = longer

    def _refuse(self, player: str) -> NoReturn:
        raise NotReadyError(
            f"the state of player {player} is broken",
            expected=f"bytes of generation {self.layout.generation}",
            hint="build the generation anew: evenhand stream rebuild",
        )
