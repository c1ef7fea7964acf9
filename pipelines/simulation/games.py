"""The games: catalogue, house edge, how a stake pays. Way: plan -> here -> bets.

A stake pays a multiple in tenths drawn from a table of 4,096 equally likely entries per class of
game, so that the mean return is exact and a draw is one look-up. Edges are typical published ones;
the shapes (few large wins when volatile, many small ones when not) are invented.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.plan import Array

GAME_TYPES = ("slots", "table", "live_casino", "crash", "bingo", "sports", "other")
VOLATILITIES = ("low", "medium", "high")
ENTRIES = 4096
THINNED = 4
"""Play is thinned to keep the volume down: one bet fact stands for this many bets in a row, made
with the same money. So bets come so many times slower, and the house keeps its edge so often."""

_SMALL, _LARGE = (5, 8, 10, 12, 15, 20), (30, 50, 100, 200, 400, 1000)


@dataclass(frozen=True, slots=True)
class GameClass:
    """Games that pay alike. `multiples` in tenths of the stake with their relative weight."""

    game_type: str
    volatility: str
    edge_per_bet: float
    pace_s: float
    multiples: tuple[int, ...]
    weights: tuple[float, ...]

    @property
    def edge(self) -> float:
        """Share of a bet fact's stake the house keeps: that of `THINNED` bets of the same money."""
        return 1 - (1 - self.edge_per_bet) ** THINNED


CLASSES = (
    GameClass("slots", "low", 0.035, 14, (*_SMALL, 30, 50, 100), (9, 9, 8, 8, 6, 6, 3, 1, 0.3)),
    GameClass("slots", "medium", 0.040, 14, (*_SMALL, *_LARGE[:5]),
              (8, 8, 8, 6, 6, 6, 5, 3, 0.9, 0.12, 0.02)),
    GameClass("slots", "high", 0.045, 13, (*_SMALL, *_LARGE),
              (6, 6, 6, 5, 5, 5, 4, 3, 1.6, 0.4, 0.08, 0.02)),
    GameClass("table", "low", 0.015, 22, (10, 20, 25), (2, 9, 1)),
    GameClass("table", "medium", 0.027, 22, (20, 30, 90, 360), (9, 3, 1, 0.15)),
    GameClass("live_casino", "low", 0.012, 40, (10, 20, 25), (2, 9, 1)),
    GameClass("live_casino", "high", 0.035, 40, (20, 30, 60, 210, 500), (8, 4, 2, 0.25, 0.03)),
    GameClass("crash", "medium", 0.030, 18, (12, 15, 20, 30, 100), (10, 7, 6, 3, 0.8)),
    GameClass("bingo", "high", 0.060, 60, (20, 50, 100, 400), (8, 4, 2, 0.5)),
    GameClass("sports", "medium", 0.045, 90, (15, 18, 20, 30, 60), (8, 9, 7, 3, 1)),
    GameClass("other", "medium", 0.050, 20, (10, 20, 30, 80), (5, 6, 3, 1)),
)  # fmt: skip

STUDIOS = ("aurora", "basalt", "cinder", "delta", "ember", "fjord", "grove", "harbour")
VENDORS = tuple(f"studio_{name}" for name in STUDIOS)
GAMES_PER_CLASS = 16
GAME_COUNT = len(CLASSES) * GAMES_PER_CLASS

CLASS_OF_GAME = np.repeat(np.arange(len(CLASSES)), GAMES_PER_CLASS).astype(np.int32)
VENDOR_OF_GAME = (np.arange(GAME_COUNT) * 5 % len(VENDORS)).astype(np.int32)
TYPE_OF_CLASS = np.array([GAME_TYPES.index(c.game_type) for c in CLASSES], dtype=np.int32)
VOLATILITY_OF_CLASS = np.array([VOLATILITIES.index(c.volatility) for c in CLASSES], dtype=np.int32)
PACE_OF_CLASS = np.array([c.pace_s * THINNED for c in CLASSES])
GAME_IDS = tuple(f"{CLASSES[c].game_type}_{CLASSES[c].volatility}_{g:03d}"
                 for g, c in enumerate(CLASS_OF_GAME))  # fmt: skip


def payout_table(game: GameClass) -> Array:
    """Return 4,096 multiples in tenths whose mean is exactly `10 * (1 - edge)`.

    How often a stake pays at all follows from the shape and the edge; what rounding leaves over is
    spread one tenth at a time over the smallest wins.
    """
    target = round(ENTRIES * 10 * (1 - game.edge))
    share = np.array(game.weights) / sum(game.weights)
    hits = target / float(share @ np.array(game.multiples))
    table = np.repeat(game.multiples, np.floor(share * hits).astype(int)).astype(np.int64)
    missing = target - int(table.sum())
    table[: min(len(table), missing % len(table))] += 1
    table[: len(table)] += missing // len(table)
    return np.concatenate([np.sort(table), np.zeros(ENTRIES - len(table), dtype=np.int64)])


def payout_tables() -> Array:
    """Return the tables of all classes, one after the other."""
    return np.concatenate([payout_table(game) for game in CLASSES])
