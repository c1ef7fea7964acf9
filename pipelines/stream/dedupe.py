"""Which facts of a partition are new. Way: decoder -> here -> engine (new), letters (too late).

The verdict on a message is a function of the log before it, of nothing else: not of a clock, not of
how the log was cut into batches, not of restarts. With *log time* L = the latest `recorded_at` of
the partition up to and with this message, and a set reach:

    too late    its recorded_at < L - reach: whether it came before can no longer be told
    duplicate   an earlier message of its id has recorded_at >= L - reach
    new         otherwise; the first of its id in the log wins

Ids are remembered as 64-bit fingerprints with the latest `recorded_at` they were seen with. Two ids
share a fingerprint with a chance of about n^2 / 2^65 for n ids within reach (1 in 300 million for
ten million). Entries out of reach go whenever the table is full; none within reach ever goes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.errors import SourceError
from features.state.compiling import compiled
from features.state.facts import Integers

APPLY, DUPLICATE, TOO_LATE = 0, 1, 2
Verdicts = npt.NDArray[np.int8]
Words = npt.NDArray[np.uint64]
_BEFORE_ALL = -(2**63)
_SMALLEST = 1 << 10
_MAGIC = b"EHDM0001"
_HEADER = np.dtype([("reach_us", "<i8"), ("log_time", "<i8"), ("entries", "<i8")])
_ENTRY = np.dtype([("mark", "<u8"), ("recorded", "<i8")])


class Memory:
    """The ids of one partition within reach; grows with them, 27 to 64 bytes an id.

    `log_time` is the latest known time met, UTC microseconds (lowest of all before any message).
    """

    def __init__(self, reach_us: int) -> None:
        self.reach_us = reach_us
        self.log_time = _BEFORE_ALL
        self._held = 0
        self._marks, self._recorded = _empty(_SMALLEST)

    def __len__(self) -> int:
        """Return how many ids are held; some may be out of reach already."""
        return self._held

    @property
    def bytes_held(self) -> int:
        """Size of the table."""
        return self._marks.nbytes + self._recorded.nbytes

    def judge(self, recorded: Integers, id_high: Words, id_low: Words) -> Verdicts:
        """Judge the next messages of the partition, in log order, and remember them."""
        self._make_room(len(recorded))
        verdicts = np.empty(len(recorded), dtype=np.int8)
        self.log_time, added = _judge(
            (self._marks, self._recorded),
            (_fingerprints(id_high, id_low), recorded),
            verdicts,
            self.reach_us,
            self.log_time,
        )
        self._held += added
        return verdicts

    def to_bytes(self) -> bytes:
        """Return the memory as bytes; equal for every way the same log was read."""
        marks, recorded = self._within_reach()
        order = np.argsort(marks)
        entries = np.empty(len(marks), dtype=_ENTRY)
        entries["mark"], entries["recorded"] = marks[order], recorded[order]
        header = np.array([(self.reach_us, self.log_time, len(marks))], dtype=_HEADER)
        return _MAGIC + header.tobytes() + entries.tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes) -> Memory:
        """Return a memory that judges on as the one that was stored.

        Raises:
            SourceError: these are no such bytes, or not all of them.
        """
        start = len(_MAGIC) + _HEADER.itemsize
        if not stored.startswith(_MAGIC) or len(stored) < start:
            raise SourceError("no memory of ids", expected=f"bytes that begin with {_MAGIC!r}")
        (header,) = np.frombuffer(stored[len(_MAGIC) : start], dtype=_HEADER)
        if len(stored) != start + int(header["entries"]) * _ENTRY.itemsize:
            raise SourceError(
                f"a memory of ids of {len(stored)} bytes",
                expected=f"{header['entries']} entries",
                hint="the snapshot is torn: remove it, the log will be read again instead",
            )
        entries = np.frombuffer(stored, dtype=_ENTRY, offset=start)
        memory = cls(int(header["reach_us"]))
        memory.log_time = int(header["log_time"])
        memory._fill(entries["mark"].astype(np.uint64), entries["recorded"].astype(np.int64), 0)
        return memory

    def _within_reach(self) -> tuple[Words, Integers]:
        held = self._recorded > _BEFORE_ALL
        if self.log_time > _BEFORE_ALL:
            held &= self._recorded >= self.log_time - self.reach_us
        return self._marks[held], self._recorded[held]

    def _make_room(self, coming: int) -> None:
        """Keep the table at most 3/5 full; before growing, drop what is out of reach."""
        if (self._held + coming) * 5 > len(self._marks) * 3:
            self._fill(*self._within_reach(), coming)

    def _fill(self, marks: Words, recorded: Integers, coming: int) -> None:
        size = _SMALLEST
        while size < 2 * (len(marks) + coming):
            size *= 2
        self._marks, self._recorded = _empty(size)
        _put(self._marks, self._recorded, marks, recorded)
        self._held = len(marks)


def _empty(size: int) -> tuple[Words, Integers]:
    return np.zeros(size, dtype=np.uint64), np.full(size, _BEFORE_ALL, dtype=np.int64)


@compiled
def _mixed(word: np.uint64) -> np.uint64:
    """Spread a word's bits over all of it (the finish of splitmix64); no two words become one."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@compiled
def _fingerprints(id_high: Words, id_low: Words) -> Words:
    found = np.empty(len(id_high), np.uint64)
    for i in range(len(id_high)):
        found[i] = _mixed(id_high[i] ^ _mixed(id_low[i] + np.uint64(0x9E3779B97F4A7C15)))
    return found


@compiled
def _place(marks: Words, recorded: Integers, mark: np.uint64) -> int:
    """Return where a fingerprint stands, or the free place it belongs in."""
    last = np.uint64(len(marks) - 1)
    place = mark & last
    while recorded[place] != _BEFORE_ALL and marks[place] != mark:
        place = (place + np.uint64(1)) & last
    return int(place)


@compiled
def _put(marks: Words, recorded: Integers, new_marks: Words, new_recorded: Integers) -> None:
    for i in range(len(new_marks)):
        place = _place(marks, recorded, new_marks[i])
        marks[place], recorded[place] = new_marks[i], new_recorded[i]


@compiled
def _judge(
    table: tuple[Words, Integers],
    facts: tuple[Words, Integers],
    verdicts: Verdicts,
    reach_us: int,
    log_time: int,
) -> tuple[int, int]:
    """Fill the verdicts; return the log time after them and how many places were taken."""
    (marks, latest), (new_marks, recorded) = table, facts
    added = 0
    for i in range(len(new_marks)):
        log_time = max(log_time, recorded[i])
        oldest = log_time - reach_us
        if recorded[i] < oldest:
            verdicts[i] = TOO_LATE
            continue
        place = _place(marks, latest, new_marks[i])
        verdicts[i] = DUPLICATE if latest[place] >= oldest else APPLY
        if latest[place] == _BEFORE_ALL:
            marks[place] = new_marks[i]
            added += 1
        latest[place] = max(latest[place], recorded[i])
    return log_time, added
