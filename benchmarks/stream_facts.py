"""A synthetic stream of facts, as arrays. Way: a seed -> here -> the stream benchmarks.

Players' activity is Zipf's (exponent 0.8), facts come in sessions of about 25, one in a hundred is
recorded up to 15 minutes late. Eight kinds of facts; bets and wins are four in five.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.state.facts import FactBatch
from features.state.inputs import NULL, Input
from features.state.layout import StateLayout

DAY_US = 86_400_000_000
T0_US = 1_767_225_600_000_000  # 2026-01-01
PER_SESSION = 25
SESSION_US = 25 * 60_000_000
KINDS: Mapping[str, float] = {
    "bet_placed": 0.58, "bet_won": 0.24, "deposit_approved": 0.04, "withdrawal_requested": 0.01,
    "player_logged_in": 0.05, "session_started": 0.03, "session_ended": 0.03, "bonus_claimed": 0.02,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stream:
    """How much happens: facts, players (numbered from `first`), days; `zipf` 0 is uniform."""

    facts: int
    players: int
    days: float
    zipf: float = 0.8
    late: float = 0.01
    seed: int = 7
    first: int = 0


def facts_of(layout: StateLayout, stream: Stream) -> FactBatch:
    """Return a stream's facts in the order of the log, which is that of `recorded`."""
    chance = np.random.default_rng(stream.seed)
    n = stream.facts
    player, occurred = _sessions(stream, chance)
    delay = chance.integers(0, 400_000, n)
    late = chance.random(n) < stream.late
    delay[late] = chance.integers(0, 900_000_000, int(late.sum()))
    order = np.argsort(occurred + delay, kind="stable")
    kind = chance.choice(len(KINDS), n, p=list(KINDS.values()))
    ids = chance.integers(0, 1 << 63, (2, n), dtype=np.uint64)
    names = [f"player-{stream.first + number:08d}" for number in range(stream.players)]
    return FactBatch(
        player=[names[number] for number in player[order].tolist()],
        fact=np.array([layout.number_of(name) for name in KINDS], dtype=np.int16)[kind],
        occurred=occurred[order],
        recorded=(occurred + delay)[order],
        id_high=ids[0],
        id_low=ids[1],
        partition=np.zeros(n, dtype=np.int32),
        offset=np.arange(n, dtype=np.int64),
        cells=_cells(layout, kind, chance),
    )


def cut(batch: FactBatch, size: int) -> list[FactBatch]:
    """Return a batch in pieces of `size` facts."""
    columns = FactBatch.__slots__
    return [
        FactBatch(*(getattr(batch, name)[start : start + size] for name in columns))
        for start in range(0, len(batch), size)
    ]


def _sessions(
    stream: Stream, chance: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return whose each fact is and when it happened."""
    weight = 1.0 / np.arange(1, stream.players + 1) ** stream.zipf
    sessions = max(1, stream.facts // PER_SESSION)
    owner = chance.permutation(stream.players)[
        chance.choice(stream.players, sessions, p=weight / weight.sum())
    ]
    begun = T0_US + chance.integers(0, int(stream.days * DAY_US), sessions)
    length = chance.exponential(SESSION_US, sessions) + 60_000_000
    of = chance.integers(0, sessions, stream.facts)
    return owner[of], begun[of] + (chance.random(stream.facts) * length[of]).astype(np.int64)


def _cells(
    layout: StateLayout, kind: npt.NDArray[np.int64], chance: np.random.Generator
) -> npt.NDArray[np.int64]:
    cells = np.full((len(kind), layout.width), NULL, dtype=np.int64)
    for number, name in enumerate(KINDS):
        rows = np.flatnonzero(kind == number)
        inputs = layout.facts[name].inputs if name in layout.facts else ()
        for column, given in enumerate(inputs):
            cells[rows, column] = _drawn(given, len(rows), chance)
    return cells


def _drawn(given: Input, n: int, chance: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return cells of one input: amounts up to 50.00, any of its words, a few ids."""
    if given.kind == "code":
        return chance.integers(0, max(1, len(given.codes)), n)
    if given.kind == "flag":
        return chance.integers(0, 2, n)
    if given.kind == "bucket":
        return chance.integers(0, 400, n) * 163
    return chance.integers(1, 5_000, n)
