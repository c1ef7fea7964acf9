"""A player's visits, inferred from what he does. Way: past -> here -> scene -> markers.

A visit is a run of deeds with no pause over half an hour in which he staked, won or opened a game;
platforms that send no sessions are served as well. Its figures are its own deeds'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.compliance.calendar import SECOND_US
from core.markers.deeds import PLAY, Deed

MINUTE_US = 60 * SECOND_US
PAUSE_US = 30 * MINUTE_US
_PART: frozenset[str] = PLAY | {"deposit"}


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit; deeds in order of time."""

    deeds: tuple[Deed, ...]

    @property
    def start_us(self) -> int:
        """When it began."""
        return self.deeds[0].at_us

    @property
    def end_us(self) -> int:
        """When its last deed was done."""
        return self.deeds[-1].at_us

    def of(self, kind: str) -> list[Deed]:
        """Return its deeds of a kind."""
        return [one for one in self.deeds if one.kind == kind]

    @property
    def loss(self) -> int:
        """Stakes less wins, below zero if he won."""
        won = sum(one.amount for one in self.deeds if one.kind == "win")
        return sum(one.amount for one in self.deeds if one.kind == "stake") - won

    def within(self, start_us: int, end_us: int) -> int:
        """Return how many microseconds of it lie in `[start, end)`."""
        return max(0, min(self.end_us, end_us) - max(self.start_us, start_us))

    def is_over(self, now_us: int) -> bool:
        """Say whether nothing more can belong to it."""
        return now_us - self.end_us > PAUSE_US


def visits_of(deeds: Iterable[Deed]) -> list[Visit]:
    """Return the visits among deeds that stand in order of time."""
    return [Visit(tuple(run)) for run in _runs(deeds) if any(one.kind in PLAY for one in run)]


def _runs(deeds: Iterable[Deed]) -> Iterator[list[Deed]]:
    run: list[Deed] = []
    for one in deeds:
        if one.kind not in _PART:
            continue
        if run and one.at_us - run[-1].at_us > PAUSE_US:
            yield run
            run = []
        run.append(one)
    if run:
        yield run
