"""Feast's online store in Redis: vectors and states. Way: snapshots, stream worker -> here.

Chosen by `EVENHAND_ONLINE_STORE=redis://...`; named in the repo configuration as
`features.redis_online_store.PackedRedisOnlineStore` (Feast's extension point). States lie as
features.redis_states says; beside them

    evenhand:v:<player>   hash: view -> event time (int64, big endian), layout mark (12), vector
    evenhand:w            hash: view -> newest event time written

One field a view where Feast's own Redis store has one a feature.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from feast import Entity, FeatureView
from feast.repo_config import FeastConfigBaseModel, RepoConfig

from features.packed import Layout
from features.packed_online_store import PackedOnlineStore, Row, Vector
from features.redis_states import RedisStates
from features.redis_wire import Script, Word, in_parts

_VECTORS, _WRITTEN = "evenhand:v:", b"evenhand:w"
_HEAD = struct.Struct(">q12s")
_WRITE = Script(b"""for i, key in ipairs(KEYS) do
  local new, old = ARGV[i + 1], redis.call('HGET', key, ARGV[1])
  if not old or struct.unpack('>i8', old) <= struct.unpack('>i8', new) then
    redis.call('HSET', key, ARGV[1], new)
  end
end
return #KEYS""")
_WROTE = Script(b"""local old = redis.call('HGET', KEYS[1], ARGV[1])
if not old or tonumber(old) < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
return 1""")
_READ_PLAYERS = 1_000


class PackedRedisOnlineStoreConfig(FeastConfigBaseModel):
    """`url` of the server; `clock` is the `now` of live answers."""

    type: Literal["features.redis_online_store.PackedRedisOnlineStore"] = (
        "features.redis_online_store.PackedRedisOnlineStore"
    )
    url: str
    clock: Literal["wall", "log"] = "wall"


class PackedRedisOnlineStore(PackedOnlineStore):
    """Vectors by player and view, states by player; one connection per thread."""

    def __init__(self) -> None:
        super().__init__()
        self._states: RedisStates | None = None

    def states(self, config: RepoConfig) -> RedisStates:
        """Return the store of players' states; opened once."""
        if self._states is None:
            self._states = RedisStates(str(config.online_store.url))
        return self._states

    def write_vectors(
        self, config: RepoConfig, view: str, layout: Layout, rows: Sequence[Row]
    ) -> None:
        """Write packed vectors; older ones than those there are ignored."""
        if not rows:
            return
        mark, wire = layout.mark.encode(), self.states(config).wire
        calls: list[tuple[list[Word], list[Word]]] = [
            (
                [_VECTORS + player for player, _, _ in part],
                [view, *(_HEAD.pack(event, mark) + vector for _, event, vector in part)],
            )
            for part in in_parts(rows)
        ]
        wire.run(_WRITE, calls)
        newest = max(event for _, event, _ in rows)
        wire.run(_WROTE, [([_WRITTEN], [view, newest])])

    def read_vectors(
        self, config: RepoConfig, players: Sequence[str], views: Sequence[str]
    ) -> Iterator[Vector]:
        """Yield (player, view, event time, layout mark, vector) of what is there."""
        wire = self.states(config).wire
        for start in range(0, len(players) if views else 0, _READ_PLAYERS):
            part = players[start : start + _READ_PLAYERS]
            answers = wire.ask([("HMGET", _VECTORS + player, *views) for player in part])
            for player, found in zip(part, answers, strict=True):
                for view, held in zip(views, found, strict=True):
                    if held is not None:
                        event, mark = _HEAD.unpack_from(held)
                        yield player, view, event, mark.decode(), held[_HEAD.size :]

    def serving_at(self, config: RepoConfig) -> int | None:
        """Return the newest instant written, in microseconds: what `now` means to a vector."""
        (found,) = self.states(config).wire.ask([("HVALS", _WRITTEN)])
        return max(map(int, found), default=None)

    def forget(self, config: RepoConfig, views: Iterable[str]) -> None:
        """Delete the vectors of views; looks at every key of the server."""
        gone, wire = list(views), self.states(config).wire
        if gone:
            for keys in wire.scan(f"{_VECTORS}*"):
                wire.ask([("HDEL", key, *gone) for key in keys])
            wire.ask([("HDEL", _WRITTEN, *gone)])

    def teardown(
        self,
        config: RepoConfig,
        tables: Sequence[FeatureView],  # noqa: ARG002
        entities: Sequence[Entity],  # noqa: ARG002
    ) -> None:
        """Forget all vectors; states are the stream worker's to drop."""
        wire = self.states(config).wire
        for keys in wire.scan(f"{_VECTORS}*"):
            wire.ask([("UNLINK", *keys)])
        wire.ask([("UNLINK", _WRITTEN)])
