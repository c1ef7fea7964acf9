"""Where players' states are kept. Way: stream worker, rebuild -> here -> features.live_states.

One packed blob per player under a *generation*, the hash of the compiled views; a pointer names the
generation that answers. Beside the blobs lie the ties of players to shared keys, the holds the gate
must know of (features.holds) and, per partition of the log, a heartbeat: how far the worker has
read.

Nothing here needs a transaction across keys. A blob carries the place in the log it was made at
(its stamp) and is written only over an older one; of a tie the earliest instant stays, of a hold
the latest. So writes may be repeated, reordered and raced by a worker that was given up for dead,
and what is kept is the same. Two implementations hold the same laws: `sqlite_states` and
`redis_states`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.errors import EvenhandError, NotReadyError
from features.holds import HoldRow, Parts

STAMP_BYTES = 12
"""A blob begins with its stamp: epoch (uint32) and offset (uint64), big endian."""
REDIS_S, SQLITE_S = 5.0, 30.0
"""How long an answer of Redis, or a lock of SQLite, is waited for."""
HEAD_BYTES = 21
"""So much of a blob says when its newest fact became known (features.state.reader)."""
NO_KEY = -1
Integers = npt.NDArray[np.int64]
State = tuple[str, bytes]  # player, blob
Tie = tuple[str, str, str, int]  # view, key, player, first recorded (UTC microseconds)
Ties = list[tuple[int, str, int]]  # of one player: view number, key, first recorded
KeyAsked = tuple[str, str, int]  # view, key, instant (UTC microseconds)
CountPlayers = Callable[[Sequence[KeyAsked]], list[int]]


class StateStoreError(EvenhandError):
    """The store cannot be read or written now; what was asked may be asked again."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How far a partition of the log is in the store.

    `offset` is the next one to read, `log_time_us` the newest recorded instant before it and
    `wall_us` the worker's clock when it said so (UTC microseconds), `lag` the messages then unread.
    """

    partition: int
    offset: int
    log_time_us: int
    wall_us: int
    lag: int = 0
    epoch: int = 0

    @property
    def fresh_us(self) -> int:
        """Instant up to which the partition's facts are in the store (UTC microseconds)."""
        return self.wall_us if self.lag == 0 else self.log_time_us

    @property
    def age(self) -> tuple[int, int, int]:
        """What a later heartbeat has more of; a zombie's is behind."""
        return (self.epoch, self.offset, self.wall_us)


@dataclass(frozen=True, slots=True)
class SharedCounts:
    """Per player (row) and shared-identity view (column): keys known, most other players on one.

    `others` is NO_KEY for a player without a key.
    """

    own: Integers
    others: Integers


@dataclass(frozen=True, slots=True)
class Look:
    """What one question to the store gives of some players, in the order asked.

    `ties[i]` are player i's, of whatever instant; views are numbered as asked.
    """

    blobs: list[bytes | None]
    ties: list[Ties]


@dataclass(frozen=True, slots=True)
class Known:
    """What one question of the gate gives of some players, in the order asked.

    Read in this order: heartbeats, heads of blobs (null without one), holds, and whether the
    generation is vouched for. As holds are written before blobs and blobs before heartbeats, no
    hold is missing that came before what the heads and heartbeats tell of.
    """

    beats: list[Heartbeat]
    heads: list[bytes | None]
    holds: list[list[tuple[str, Parts]]]
    is_whole: bool


class StateStore(Protocol):
    """Blobs, ties, holds, heartbeats and the pointer; safe to share between threads.

    Every method raises StateStoreError when the store cannot be reached or read.
    """

    def read(self, generation: str, players: Sequence[str]) -> list[bytes | None]:
        """Return the players' blobs, in the order asked."""
        ...

    def write(self, generation: str, states: Sequence[State]) -> int:
        """Write every blob whose stamp is newer than what is there; return how many were."""
        ...

    def look_up(self, generation: str, players: Sequence[str], views: Sequence[str]) -> Look | None:
        """Return blobs and ties of players; None if another generation, or none, is live."""
        ...

    def add_links(self, generation: str, links: Iterable[Tie]) -> None:
        """Tie players to keys from an instant on; of several instants the earliest stays."""
        ...

    def links_of(
        self, generation: str, views: Sequence[str], players: Sequence[str], t_us: Sequence[int]
    ) -> SharedCounts:
        """Return the counts of each player at his own instant (UTC microseconds)."""
        ...

    def count_players(self, generation: str, asked: Sequence[KeyAsked]) -> list[int]:
        """Return how many players are tied to each key at an instant."""
        ...

    def add_holds(self, generation: str, holds: Iterable[HoldRow]) -> None:
        """Hold players, or lift holds; of several instants of a part the latest stays."""
        ...

    def holds_of(self, generation: str, players: Sequence[str]) -> list[list[tuple[str, Parts]]]:
        """Return each player's holds by kind, in the order asked."""
        ...

    def vouch(self, generation: str) -> None:
        """Say that every hold since the beginning is told, or will be told before its state."""
        ...

    def know(self, generation: str, players: Sequence[str]) -> Known | None:
        """Return what the gate must know; None if another generation, or none, is live."""
        ...

    def live_generation(self) -> str | None:
        """Return the generation that answers, if any."""
        ...

    def switch(self, generation: str) -> None:
        """Let a generation answer from now on."""
        ...

    def drop(self, generation: str) -> None:
        """Forget a generation.

        Raises:
            NotReadyError: it is the live one.
        """
        ...

    def beat(self, generation: str, heartbeats: Sequence[Heartbeat]) -> None:
        """Say how far partitions are; an earlier heartbeat than the one there is ignored."""
        ...

    def heartbeats(self, generation: str) -> list[Heartbeat]:
        """Return the last heartbeat of every partition, in order; of the newest epoch only."""
        ...

    def close(self) -> None:
        """Close the calling thread's connection."""
        ...


def open_states(where: str | Path, *, patience_s: float | None = None) -> StateStore:
    """Open the store at a `redis://` address, or in a SQLite file.

    `patience_s` is how long an answer, or a writer's lock, is waited for; None = the store's usual.

    Raises:
        NotReadyError: the address is Redis's and its client is not installed.
    """
    if is_redis(str(where)):
        from features.redis_states import RedisStates

        return RedisStates(str(where), timeout_s=patience_s or REDIS_S)
    from features.sqlite_states import SqliteStates

    return SqliteStates(Path(where), busy_s=patience_s or SQLITE_S)


def is_redis(where: str) -> bool:
    """Say whether this is the address of a Redis server.

    >>> is_redis("redis://localhost:6379/0"), is_redis("var/feast/states.sqlite")
    (True, False)
    """
    return where.startswith(("redis://", "rediss://", "unix://"))


def shared_counts(
    count: CountPlayers, views: Sequence[str], ties: Sequence[Ties], t_us: Sequence[int]
) -> SharedCounts:
    """Count what ties say at each player's instant (UTC microseconds).

    `count` is asked once, and about each key and instant once.
    """
    own = np.zeros((len(ties), len(views)), np.int64)
    others = np.full(own.shape, NO_KEY, np.int64)
    asked: dict[KeyAsked, list[tuple[int, int]]] = {}
    for row, (tied, t) in enumerate(zip(ties, t_us, strict=True)):
        for view, key, recorded in tied:
            if recorded <= t:
                own[row, view] += 1
                asked.setdefault((views[view], key, t), []).append((row, view))
    counts = count(list(asked)) if asked else []
    for places, players in zip(asked.values(), counts, strict=True):
        for place in places:
            others[place] = max(others[place], players - 1)
    return SharedCounts(own, others)


def refuse_live(live: str | None, generation: str) -> None:
    """Refuse to drop what answers.

    Raises:
        NotReadyError: the generation is live.
    """
    if live == generation:
        raise NotReadyError(
            f"generation {generation} is live", expected="one that does not answer",
            hint="switch to another one first",
        )  # fmt: skip


def newest_epoch(found: Iterable[Heartbeat]) -> list[Heartbeat]:
    """Return the heartbeats of the newest epoch by partition; older epochs cut the log otherwise.

    >>> [h.partition for h in newest_epoch([Heartbeat(1, 5, 0, 0), Heartbeat(0, 9, 0, 0)])]
    [0, 1]
    """
    every = sorted(found, key=lambda beat: beat.partition)
    epoch = max((beat.epoch for beat in every), default=0)
    return [beat for beat in every if beat.epoch == epoch]
