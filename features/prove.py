"""Served and trained values against a recomputation. Way: frame, store -> here -> command, tests.

Equal means the same bits: the same integer, the same double, null for null.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from features.reference import RawFacts, Value, recompute
from features.spec import View, names_of


@dataclass(frozen=True, slots=True)
class Claim:
    """Values somebody serves or trains on; `origin` says who (frame, snapshot, online)."""

    origin: str
    player_id: str
    as_of_us: int
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One value that is not what the raw facts give."""

    claim: Claim
    feature: str
    claimed: Value
    recomputed: Value


def mismatches(claims: Iterable[Claim], views: Sequence[View], raw: RawFacts) -> Iterable[Mismatch]:
    """Yield every value of the claims that differs from its recomputation."""
    view_of = {name: view for view in views for name in names_of(view)}
    done: dict[tuple[str, str, int], dict[str, Value]] = {}  # snapshots and stores ask the same
    for claim in claims:
        truth: dict[str, Value] = {}
        for view in {view_of[name].name: view_of[name] for name in claim.values}.values():
            asked = (view.name, claim.player_id, claim.as_of_us)
            if asked not in done:
                done[asked] = recompute(view, raw, claim.player_id, claim.as_of_us)
            truth |= done[asked]
        for name, claimed in claim.values.items():
            if not same(claimed, truth[name]):
                yield Mismatch(claim, name, claimed, truth[name])


def same(claimed: Value, recomputed: Value) -> bool:
    """Say whether two values are the same to the last bit; a double may carry an exact integer.

    >>> same(None, None), same(3.0, 3), same(0.1 + 0.2, 0.3)
    (True, True, False)
    """
    if claimed is None or recomputed is None:
        return claimed is recomputed
    if isinstance(claimed, int) and isinstance(recomputed, int):
        return claimed == recomputed
    return struct.pack("<d", float(claimed)) == struct.pack("<d", float(recomputed))
