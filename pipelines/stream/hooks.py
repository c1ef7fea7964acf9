"""What may look at players the moment their state has changed. Way: worker -> here -> alerts.

A hook is called after every batch with its facts and a lazy way to read their players' features.
A batch may come again after a crash, cut in other places; what a hook says must therefore carry a
key, and who keeps it drops what was said before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from core.errors import DeclarationError
from features.state.engine import Engine
from features.state.facts import FactBatch
from features.state.values import Values


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One rule met by one player. (rule, player_id, partition, offset) is its key.

    `offset` is the place of the player's newest fact seen so far; `known_us` (UTC microseconds) is
    the instant the feature was read at: when that fact became known.
    """

    rule: str
    player_id: str
    partition: int
    offset: int
    known_us: int
    feature: str
    value: float
    said: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A batch that has just been applied: its distinct facts, and the states they changed."""

    batch: FactBatch
    engine: Engine

    def features(self, players: Sequence[str], names: Sequence[str], at_us: int = 0) -> Values:
        """Return some features of players as of an instant (UTC microseconds).

        A player is never read before his newest fact was known; so with 0 each is read then.
        """
        return self.engine.values(players, at_us, names)


class Hook(Protocol):
    """Looks at every batch."""

    def after(self, moment: Moment) -> Sequence[Alert]:
        """Return what is to be said of the players touched; nothing is the usual answer."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A feature that reaches a bound. `again_s`: not said of the same player more often than this.

    `said` is the sentence for the desk; `{value}` in it is the feature's value.
    """

    name: str
    feature: str
    at_least: int
    again_s: int
    said: str
    owner: str
    why: str

    def __post_init__(self) -> None:
        if self.at_least <= 0 or self.again_s <= 0:
            raise DeclarationError(
                f"trigger {self.name} has at_least {self.at_least}, again_s {self.again_s}",
                expected="both above 0",
                hint="a bound of 0 would be met by every player without a fact",
            )
