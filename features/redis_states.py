"""Players' states in Redis. Way: features.state_store says what -> here, in production.

    evenhand:live                     the generation that answers
    evenhand:s:<generation>:<player>  string: the player's blob
    evenhand:t:<generation>:<player>  sorted set: `<view> NUL <key>`, score = first recorded
    evenhand:p:<generation>:<view>:<key>   sorted set: player, score = first recorded
    evenhand:r:<generation>:<player>  sorted set: `<kind> NUL <part>`, score = latest said, or +inf
    evenhand:h:<generation>           hash: partition -> heartbeat (struct `_BEAT`)
    evenhand:w:<generation>           there if the generation's holds are vouched for

Scores are microseconds since 1970, exact in a double until the year 2255. Needs Redis 6.2 or later
(`ZADD LT`, `ZADD GT`).

Blobs are written by a script that compares each with what is there, key by key: a server runs a
script alone, so nothing comes between compare and write. Scripts touch only the keys they are given
and one key never decides about another, so a call may be cut anywhere: Redis Cluster wants it cut
by hash slot (as it wants the `MGET`s here), and nothing else. Stamps are compared as
numbers, because Lua compares text by the server's locale.

Redis answers a write before its replicas have it: after a fail-over acknowledged blobs may be gone.
Then rewind the worker to before the loss, or rebuild; both end in the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from features.holds import FOREVER_US, PARTS, HoldRow
from features.holds import Parts as HoldParts
from features.redis_wire import SCRIPT_KEYS, RedisWire, Script, Word, in_parts
from features.state_store import (
    HEAD_BYTES,
    REDIS_S,
    Heartbeat,
    KeyAsked,
    Known,
    Look,
    SharedCounts,
    State,
    Tie,
    Ties,
    newest_epoch,
    refuse_live,
    shared_counts,
)

_LIVE = b"evenhand:live"
_WRITE = Script(b"""local written = 0
for i, key in ipairs(KEYS) do
  local new, old = ARGV[i], redis.call('GETRANGE', key, 0, 11)
  local newer = true
  if #old == 12 then
    local epoch, offset = struct.unpack('>I4I8', old)
    local its_epoch, its_offset = struct.unpack('>I4I8', new)
    newer = its_epoch > epoch or (its_epoch == epoch and its_offset > offset)
  end
  if newer then redis.call('SET', key, new); written = written + 1 end
end
return written""")
_TIE = Script(b"""for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, 'LT', ARGV[2 * i - 1], ARGV[2 * i])
end
return #KEYS""")
_COUNT = Script(b"""local counts = {}
for i, key in ipairs(KEYS) do counts[i] = redis.call('ZCOUNT', key, '-inf', ARGV[i]) end
return counts""")
_BEAT_IF_LATER = Script(b"""for i = 1, #ARGV, 2 do
  local new, old = ARGV[i + 1], redis.call('HGET', KEYS[1], ARGV[i])
  local later = true
  if old then
    local e, o, w = struct.unpack('>I4I8I8', old)
    local epoch, offset, wall = struct.unpack('>I4I8I8', new)
    later = epoch > e or (epoch == e and (offset > o or (offset == o and wall > w)))
  end
  if later then redis.call('HSET', KEYS[1], ARGV[i], new) end
end
return #ARGV / 2""")
_BEAT = struct.Struct(">IQQqQ")  # epoch, offset, wall; log time, lag
_READ_BLOBS = 1_000


class RedisStates:
    """A StateStore on a server; one connection per thread, made when first used."""

    def __init__(self, url: str, *, timeout_s: float = REDIS_S) -> None:
        self.wire = RedisWire(url, timeout_s=timeout_s)

    def read(self, generation: str, players: Sequence[str]) -> list[bytes | None]:
        """Return the players' blobs, in the order asked."""
        keys = _keys(f"evenhand:s:{generation}:", players) if players else []
        parts = (keys[i : i + _READ_BLOBS] for i in range(0, len(keys), _READ_BLOBS))
        answers = self.wire.ask([("MGET", *part) for part in parts])
        return [blob for answer in answers for blob in answer]

    def write(self, generation: str, states: Sequence[State]) -> int:
        """Write every blob whose stamp is newer than what is there; return how many were."""
        if not states:
            return 0
        players, blobs = zip(*states, strict=True)
        keys = _keys(f"evenhand:s:{generation}:", players)
        calls = list(zip(in_parts(keys), in_parts(blobs), strict=True))
        return sum(self.wire.run(_WRITE, calls))

    def look_up(self, generation: str, players: Sequence[str], views: Sequence[str]) -> Look | None:
        """Return blobs and ties of players; None if another generation, or none, is live."""
        head = f"evenhand:s:{generation}:"
        commands: list[Sequence[Word]] = [("MGET", _LIVE, *(head + p for p in players))]
        if views:
            commands += _ties_asked(generation, players)
        (live, *blobs), *found = self.wire.ask(commands)
        if live != generation.encode():
            return None
        return Look(blobs, _ties(views, found) if views else [[] for _ in players])

    def add_links(self, generation: str, links: Iterable[Tie]) -> None:
        """Tie players to keys from an instant on; of several instants the earliest stays."""
        keys, words = list[Word](), list[Word]()
        for view, key, player, recorded in links:
            keys += (f"evenhand:p:{generation}:{view}:{key}", f"evenhand:t:{generation}:{player}")
            words += (recorded, player, recorded, f"{view}\0{key}")
        starts = range(0, len(keys), SCRIPT_KEYS)
        self.wire.run(
            _TIE,
            [(keys[i : i + SCRIPT_KEYS], words[2 * i : 2 * (i + SCRIPT_KEYS)]) for i in starts],
        )

    def links_of(
        self, generation: str, views: Sequence[str], players: Sequence[str], t_us: Sequence[int]
    ) -> SharedCounts:
        """Return the counts of each player at his own instant (UTC microseconds)."""
        found = self.wire.ask(_ties_asked(generation, players)) if players else []
        ties = _ties(views, found)
        return shared_counts(partial(self.count_players, generation), views, ties, t_us)

    def count_players(self, generation: str, asked: Sequence[KeyAsked]) -> list[int]:
        """Return how many players are tied to each key at an instant."""
        calls: list[tuple[list[Word], list[Word]]] = [
            (
                [f"evenhand:p:{generation}:{view}:{key}" for view, key, _ in part],
                [at for _, _, at in part],
            )
            for part in in_parts(asked)
        ]
        return [n for counts in self.wire.run(_COUNT, calls) for n in counts]

    def add_holds(self, generation: str, holds: Iterable[HoldRow]) -> None:
        """Hold players, or lift holds; of several instants of a part the latest stays."""
        head = f"evenhand:r:{generation}:"
        commands = [
            ("ZADD", head + player, "GT", *scored)
            for player, kind, parts in holds
            if (scored := _scored(kind, parts))
        ]
        if commands:
            self.wire.ask(commands)

    def holds_of(
        self, generation: str, players: Sequence[str]
    ) -> list[list[tuple[str, HoldParts]]]:
        """Return each player's holds by kind, in the order asked."""
        found = self.wire.ask(_holds_asked(generation, players)) if players else []
        return [_holds(answer) for answer in found]

    def vouch(self, generation: str) -> None:
        """Say that every hold since the beginning is told, or will be told before its state."""
        self.wire.ask([("SET", f"evenhand:w:{generation}", 1)])

    def know(self, generation: str, players: Sequence[str]) -> Known | None:
        """Return what the gate must know; None if another generation, or none, is live."""
        head = f"evenhand:s:{generation}:"
        commands: list[Sequence[Word]] = [
            ("GET", _LIVE),
            ("HGETALL", f"evenhand:h:{generation}"),
            *(("GETRANGE", head + player, 0, HEAD_BYTES - 1) for player in players),
            *_holds_asked(generation, players),
            ("EXISTS", f"evenhand:w:{generation}"),  # last, as `drop` takes it first
        ]
        live, beats, *found, is_whole = self.wire.ask(commands)
        if live != generation.encode():
            return None
        heads, holds = found[: len(players)], found[len(players) :]
        return Known(
            _beats(beats), [head or None for head in heads], list(map(_holds, holds)),
            bool(is_whole),
        )  # fmt: skip

    def live_generation(self) -> str | None:
        """Return the generation that answers, if any."""
        (live,) = self.wire.ask([("GET", _LIVE)])
        return None if live is None else live.decode()

    def switch(self, generation: str) -> None:
        """Let a generation answer from now on."""
        self.wire.ask([("SET", _LIVE, generation)])

    def drop(self, generation: str) -> None:
        """Forget a generation that does not answer; looks at every key of the server."""
        refuse_live(self.live_generation(), generation)
        self.wire.ask([("UNLINK", f"evenhand:w:{generation}")])
        for pattern in ("s", "t", "p", "r"):
            for keys in self.wire.scan(f"evenhand:{pattern}:{generation}:*"):
                self.wire.ask([("UNLINK", *keys)])
        self.wire.ask([("UNLINK", f"evenhand:h:{generation}")])

    def beat(self, generation: str, heartbeats: Sequence[Heartbeat]) -> None:
        """Say how far partitions are; an earlier heartbeat than the one there is ignored."""
        words: list[Word] = []
        for b in heartbeats:
            packed = _BEAT.pack(b.epoch, b.offset, b.wall_us, b.log_time_us, b.lag)
            words += [b.partition, packed]
        if words:
            self.wire.run(_BEAT_IF_LATER, [([f"evenhand:h:{generation}"], words)])

    def heartbeats(self, generation: str) -> list[Heartbeat]:
        """Return the last heartbeat of every partition, in order; of the newest epoch only."""
        (answer,) = self.wire.ask([("HGETALL", f"evenhand:h:{generation}")])
        return _beats(answer)

    def close(self) -> None:
        """Close the calling thread's connection."""
        self.wire.close()


def _keys(head: str, names: Sequence[str]) -> list[bytes]:
    """Return `head` + name of each; one call for all of them where no name has a line break."""
    keys = (head + f"\n{head}".join(names)).encode().split(b"\n")
    return keys if len(keys) == len(names) else [f"{head}{name}".encode() for name in names]


def _ties_asked(generation: str, players: Sequence[str]) -> list[Sequence[Word]]:
    head = f"evenhand:t:{generation}:"
    return [("ZRANGE", head + player, 0, -1, "WITHSCORES") for player in players]


def _ties(views: Sequence[str], found: Sequence[list[bytes]]) -> list[Ties]:
    number = {view: place for place, view in enumerate(views)}
    return [list(_ties_of(number, answer)) for answer in found]


def _ties_of(number: dict[str, int], answer: list[bytes]) -> Iterator[tuple[int, str, int]]:
    for member, score in zip(answer[::2], answer[1::2], strict=True):
        view, _, key = member.decode().partition("\0")
        if view in number:
            yield number[view], key, int(score)


def _holds_asked(generation: str, players: Sequence[str]) -> list[Sequence[Word]]:
    head = f"evenhand:r:{generation}:"
    return [("ZRANGE", head + player, 0, -1, "WITHSCORES") for player in players]


def _scored(kind: str, parts: HoldParts) -> list[Word]:
    words: list[Word] = []
    for name, at in zip(PARTS, parts, strict=True):
        if at is not None:
            words += ["+inf" if at == FOREVER_US else at, f"{kind}\0{name}"]
    return words


def _holds(answer: list[bytes]) -> list[tuple[str, HoldParts]]:
    found: dict[str, dict[str, int]] = {}
    for member, score in zip(answer[::2], answer[1::2], strict=True):
        kind, _, part = member.decode().partition("\0")
        found.setdefault(kind, {})[part] = FOREVER_US if score == b"inf" else int(score)
    return [
        (kind, (parts.get("since"), parts.get("until"), parts.get("lifted")))
        for kind, parts in found.items()
    ]


def _beats(answer: list[bytes]) -> list[Heartbeat]:
    pairs = zip(answer[::2], answer[1::2], strict=True)
    return newest_epoch(_heartbeat(*pair) for pair in pairs)


def _heartbeat(partition: bytes, packed: bytes) -> Heartbeat:
    epoch, offset, wall, log_time, lag = _BEAT.unpack(packed)
    return Heartbeat(int(partition), offset, log_time, wall, lag, epoch)
