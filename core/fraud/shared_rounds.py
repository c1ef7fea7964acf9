"""Rounds two players were in together. Way: windows -> here -> rules on collusion."""

from __future__ import annotations

from collections.abc import Iterator

from core.fraud.deeds import Deed
from core.fraud.window import Window

Both = tuple[str, list[Deed], list[Deed]]


def shared_rounds(one: Window, other: Window, after_us: int, until_us: int) -> Iterator[Both]:
    """Yield rounds both staked in within `(after, until]`: the round, each player's deeds."""
    fewer = one if len(one.rounds) <= len(other.rounds) else other
    for name in sorted(set(fewer.rounds) & set(one.rounds) & set(other.rounds)):
        ours, theirs = one.rounds[name], other.rounds[name]
        if all(_staked(deeds, after_us, until_us) for deeds in (ours, theirs)):
            yield name, ours, theirs


def staked(deeds: list[Deed]) -> int:
    """Return what was staked in a round."""
    return sum(one.amount for one in deeds if one.kind == "stake")


def gained(deeds: list[Deed]) -> int:
    """Return what was won beyond what was staked; below zero for a loss."""
    return sum(one.amount for one in deeds if one.kind == "win") - staked(deeds)


def _staked(deeds: list[Deed], after_us: int, until_us: int) -> bool:
    return any(one.kind == "stake" and after_us < one.at_us <= until_us for one in deeds)
