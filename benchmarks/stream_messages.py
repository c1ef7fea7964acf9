"""Messages of a log: simulated events made many players'. Way: simulation -> here -> benchmarks.

What a simulated operator's players do is the pool; a message is one of its lines, drawn at random,
with a new id, a player of a wanted spread and the instants of its place in the log. A player has
one device, one address and one instrument, as players nearly do.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

from core.events.codec import encode
from core.log.event_log import Entry
from pipelines.simulation.operator import simulate
from pipelines.simulation.plan import Plan
from pipelines.stream.recorded_facts import RecordedFacts, facts_of_folder

_PIECES = re.compile(
    rb'(\{"specversion":"1.0","id":")[^"]*(".*?"subject":")[^"]*(","time":")[^"]*'
    rb'(","recordedtime":")[^"]*(".*)'
)
_OWN = re.compile(rb'("(?:device_id|ip|instrument_id)":")[^"]*')
_MARK = b"@@@@@@@@@@@@"
_TABLES = b"io.evenhand.live."  # their subject is a table


@dataclass(slots=True)
class Messages:
    """Draws messages; `zipf` 0 spreads them evenly over the players, who are numbered from `first`.

    Another seed draws other ids.
    """

    players: int
    zipf: float = 0.8
    seed: int = 7
    first: int = 0
    pool: list[tuple[bytes, ...]] = field(default_factory=list)
    _made: int = 0
    _shares: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        self.pool = pool()
        weight = 1.0 / np.arange(1, self.players + 1) ** self.zipf
        self._shares = np.cumsum(weight / weight.sum())

    @property
    def mean_bytes(self) -> float:
        """Mean length of a message."""
        return sum(sum(map(len, pieces)) + 102 for pieces in self.pool) / len(self.pool)

    def drawn(self, count: int, from_us: int, until_us: int) -> list[Entry]:
        """Return messages recorded evenly between two instants, each having occurred then."""
        chance = np.random.default_rng((self.seed, self._made))
        drawn = self._shares.searchsorted(chance.random(count) * self._shares[-1], side="right")
        who = drawn * 7919 % self.players + self.first
        at = np.linspace(from_us, until_us, count).astype(np.int64)
        what = chance.integers(0, len(self.pool), count)
        ids = chance.bytes(16 * count).hex()
        self._made += count
        return [
            self._entry(ids[32 * i : 32 * i + 32], pieces, player, moment)
            for i, (pieces, player, moment) in enumerate(
                zip(map(self.pool.__getitem__, what.tolist()), who.tolist(), at.tolist(),
                    strict=True)
            )
        ]  # fmt: skip

    @staticmethod
    def _entry(name: str, pieces: tuple[bytes, ...], player: int, at_us: int) -> Entry:
        key = f"{player:012x}"
        uuid = f"{name[:8]}-{name[8:12]}-7{name[13:16]}-8{name[17:20]}-{name[20:]}".encode()
        moment = _text(at_us)
        head, subject, time, recorded, rest = pieces
        line = b"".join(
            (
                head,
                uuid,
                subject,
                key.encode(),
                time,
                moment,
                recorded,
                moment,
                rest.replace(_MARK, key.encode()),
            )
        )
        return Entry(key, line, at_us)


def pool() -> list[tuple[bytes, ...]]:
    """Return the events of 50 simulated players' month, cut where id, player and instants were."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        raw = Path(folder) / "raw"
        simulate(Plan(50, 30, 7, raw, Path(folder) / "truth"))
        recorded = RecordedFacts(connection, facts_of_folder(raw))
        lines = [encode(e) for month, _ in recorded.months() for e in recorded.of_month(month)]
    own = (_OWN.sub(rb"\1" + _MARK, line) for line in lines if _TABLES not in line)
    matches = (_PIECES.fullmatch(line) for line in own)
    return [match.groups() for match in matches if match is not None]


def _text(at_us: int) -> bytes:
    at = datetime.fromtimestamp(at_us // 1_000_000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_us % 1_000_000:06d}Z".encode()
