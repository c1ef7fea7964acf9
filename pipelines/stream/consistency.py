"""Whether served states are what the facts say. Way: store, warehouse -> here -> status, /metrics.

Players are drawn from the warehouse, their states read from the store, and every feature at the
instant of the state's newest fact recomputed from single landed facts by the naive reference, which
shares no code with the engine. A player is compared only where both sides have the same newest
fact: landing may be ahead of the stream, or behind it, and neither is a difference. One that
differs is looked at twice, since facts may have arrived in between.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from core.events.registry import facts
from features.prove import Claim, Mismatch, mismatches
from features.raw_facts import LandedFacts
from features.reference import Value
from features.sources import open_warehouse
from features.spec import SharedIdentityView
from features.state.layout import StateLayout
from features.state.reader import Combiner, newest_recorded_of
from features.state_store import NO_KEY, StateStore
from pipelines.stream.letters import players_waiting
from pipelines.stream.opening import Parts


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found.

    `ahead` players have facts that have not landed, `behind` lack facts that have, `aside` have
    facts set aside as too late; none of these is compared.
    """

    compared: int
    values: int
    ahead: int
    behind: int
    aside: int
    differences: tuple[Mismatch, ...]


def check(parts: Parts, sample: int, seed: int) -> Verdict:
    """Recompute the served features of sampled players, but of none with facts set aside.

    Raises:
        NotReadyError: nothing has landed.
    """
    warehouse = parts.settings.settings.warehouse
    aside = players_waiting(parts.settings.late(parts.layout.generation))
    with open_warehouse(warehouse, threads=1) as connection:
        landed = _sampled(connection, sample, seed)
    left = {player: at for player, at in landed.items() if player not in aside}
    claims = served(parts.store, parts.layout, list(left))
    same = [claim for claim in claims if claim.as_of_us == left[claim.player_id]]
    ahead = sum(claim.as_of_us > left[claim.player_id] for claim in claims)
    wrong = _wrong(parts, same)
    if wrong:
        wrong = _still_wrong(parts, same, wrong)
    return Verdict(
        compared=len(same),
        values=sum(len(claim.values) for claim in same),
        ahead=ahead,
        behind=len(left) - len(same) - ahead,
        aside=len(landed) - len(left),
        differences=tuple(wrong),
    )


def served(store: StateStore, layout: StateLayout, players: Sequence[str]) -> list[Claim]:
    """Return what the store says of players, each as of his newest fact; no row for a stranger."""
    generation = layout.generation
    blobs = dict(zip(players, store.read(generation, players), strict=True))
    known = {player: blob for player, blob in blobs.items() if blob is not None}
    instants = [newest_recorded_of(blob) for blob in known.values()]
    names = layout.feature_names
    values = Combiner(layout, names).values(
        list(known.values()), np.array(instants, dtype=np.int64)
    )
    rows: list[dict[str, Value]] = [
        dict(zip(names, values.row(place), strict=True)) for place in range(len(known))
    ]
    _add_shared(store, layout, (list(known), instants), rows)
    return [
        Claim("stream", player, at, row)
        for player, at, row in zip(known, instants, rows, strict=True)
    ]


def _add_shared(
    store: StateStore, layout: StateLayout, asked: tuple[list[str], list[int]],
    rows: Sequence[dict[str, Value]],
) -> None:  # fmt: skip
    views = [view for view in layout.views if isinstance(view, SharedIdentityView)]
    counts = store.links_of(layout.generation, [view.name for view in views], *asked)
    for place, row in enumerate(rows):
        for column, view in enumerate(views):
            own, other = view.names
            others = int(counts.others[place, column])
            row[own] = int(counts.own[place, column])
            row[other] = None if others == NO_KEY else others


def _wrong(parts: Parts, claims: Sequence[Claim]) -> list[Mismatch]:
    players = tuple(claim.player_id for claim in claims)
    raw = LandedFacts(parts.settings.settings.warehouse, players, parts.layout.views)
    return list(mismatches(claims, parts.layout.views, raw))


def _still_wrong(
    parts: Parts, claims: Sequence[Claim], wrong: Sequence[Mismatch]
) -> list[Mismatch]:
    """Look again at who differed; who has moved on meanwhile is left for the next check."""
    at = {claim.player_id: claim.as_of_us for claim in claims}
    suspects = sorted({miss.claim.player_id for miss in wrong})
    again = served(parts.store, parts.layout, suspects)
    return _wrong(parts, [claim for claim in again if claim.as_of_us == at[claim.player_id]])


def _sampled(connection: duckdb.DuckDBPyConnection, sample: int, seed: int) -> dict[str, int]:
    """Return sampled players with when their newest landed fact became known."""
    names = [name for name, fact in facts().items() if fact.family != "live"]
    union = " UNION ALL ".join(f"SELECT player_id, recorded_at FROM {name}" for name in names)
    rows = connection.execute(
        f"SELECT player_id, epoch_us(max(recorded_at)) FROM ({union}) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    chosen = random.Random(seed).sample(rows, min(sample, len(rows)))  # noqa: S311 - no secret
    return {player: int(at) for player, at in chosen}
