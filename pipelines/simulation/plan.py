"""What to simulate. Way: `evenhand simulate` -> here -> every file of the simulated operator."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import SourceError

Array = npt.NDArray[Any]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

STEP_DAYS = 3
"""Harm, churn, limits and the like move once per step; facts are to the microsecond."""

BLOCK_PLAYERS = 2_500
"""Players made together. Fixed: a part's bytes depend on the seed and its number, nothing else."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: how many players, over which days, from which seed, into which folders."""

    players: int
    days: int
    seed: int
    raw: Path
    truth: Path
    start: date = field(default=date(2024, 1, 1))

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated.

        Raises:
            SourceError: no players, or a stretch too short to hold one step of the state.
        """
        if self.players < 1 or self.days < STEP_DAYS:
            raise SourceError(
                f"{self.players} players over {self.days} days",
                expected=f"at least 1 player and {STEP_DAYS} days",
            )

    @property
    def start_us(self) -> int:
        """First instant, UTC microseconds since the epoch."""
        return (self.start - date(1970, 1, 1)).days * DAY

    @property
    def end_us(self) -> int:
        """First instant after the simulated stretch."""
        return self.start_us + self.days * DAY

    @property
    def steps(self) -> int:
        """How often the state moves; one more than fits, as players' steps are out of phase."""
        return -(-self.days // STEP_DAYS) + 1

    @property
    def blocks(self) -> int:
        """How many parts the players are made in."""
        return -(-self.players // BLOCK_PLAYERS)

    def block_size(self, number: int) -> int:
        """Return how many players part `number` holds."""
        return min(BLOCK_PLAYERS, self.players - number * BLOCK_PLAYERS)


def generator(seed: np.random.SeedSequence) -> np.random.Generator:
    """Return a fast generator of a seed; SFC64 is fixed so that bytes do not move with NumPy."""
    return np.random.Generator(np.random.SFC64(seed))
