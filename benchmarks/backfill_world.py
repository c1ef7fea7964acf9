"""A warehouse of bets and deposits with hard habits, and questions to it. Way: here -> backfill.

Players follow a Zipf law (exponent 0.8: the busiest of 60,000 has a fortieth of all facts) and
play in sittings of about 25 facts. A fact is known within two seconds but for 1 % up to a quarter
of an hour late and 0.05 % up to three days; 0.2 % come twice, the second under the same id, and are
dropped as landing drops them. Half of the questions are within three hours after something the
player did (so busy players are asked about most), half are any player on an hour's grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.events.registry import facts
from features.frame import SPINE
from features.sources import fact_schema

SECOND, HOUR, DAY = 1_000_000, 3_600_000_000, 86_400_000_000
START = 1_767_225_600 * SECOND  # 2026-01-01
DAYS = 45
SITTING = 25
BETS = 0.9
EUR, SEK = ("EUR", 1_000_000), ("SEK", 88_123)

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class World:
    """How much happened to how many, and from which seed."""

    facts: int
    players: int
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Happened:
    """Who did something, when, when it was known, and whether it was a bet."""

    player: Integers
    occurred: Integers
    recorded: Integers
    is_bet: npt.NDArray[np.bool_]


def write_world(folder: Path, world: World) -> Happened:
    """Write the facts as a landed warehouse and return them; the same seed, the same bytes."""
    chance = np.random.default_rng(world.seed)
    happened = _distinct(_happened(chance, world), chance)
    for name, kept in (("bet_placed", happened.is_bet), ("deposit_approved", ~happened.is_bet)):
        _write(folder, name, _table(name, happened, kept, chance))
    return happened


def _happened(chance: np.random.Generator, world: World) -> Happened:
    weight = 1 / np.arange(1, world.players + 1) ** 0.8
    sittings = max(world.facts // SITTING, 1)
    who = chance.permutation(world.players)[
        chance.choice(world.players, sittings, p=weight / weight.sum())
    ]
    began = START + chance.integers(0, DAYS * DAY, sittings)
    lasts = chance.exponential(25 * 60 * SECOND, sittings) + 60 * SECOND
    sitting = chance.integers(0, sittings, world.facts)
    occurred = began[sitting] + (chance.random(world.facts) * lasts[sitting]).astype(np.int64)
    recorded = occurred + _delay(chance, world.facts)
    order = np.argsort(recorded, kind="stable")
    is_bet = chance.random(world.facts) < BETS
    return Happened(who[sitting][order], occurred[order], recorded[order], is_bet)


def _delay(chance: np.random.Generator, count: int) -> Integers:
    kind, share = chance.random(count), chance.random(count)
    longest = np.select([kind < 0.0005, kind < 0.0105], [3 * DAY, 15 * 60 * SECOND], 2 * SECOND)
    return np.asarray(share * longest, dtype=np.int64)


def _distinct(happened: Happened, chance: np.random.Generator) -> Happened:
    """Deliver some facts a second time, a little later, then keep the first of every id."""
    count = len(happened.player)
    twice = chance.choice(count, count // 500, replace=False)
    identity = np.concatenate([np.arange(count), twice])
    arrival = happened.recorded[identity]
    arrival[count:] += chance.integers(0, 60 * SECOND, len(twice))
    delivered = identity[np.argsort(arrival, kind="stable")]
    _, first = np.unique(delivered, return_index=True)
    kept = delivered[np.sort(first)]
    return Happened(happened.player[kept], happened.occurred[kept], happened.recorded[kept],
                    happened.is_bet[kept])  # fmt: skip


def player_ids(numbers: Integers) -> pa.Array:
    """Return the players' ids as text."""
    return pc.binary_join_element_wise("player", pc.cast(pa.array(numbers), pa.string()), "-")


def _table(
    name: str, happened: Happened, kept: npt.NDArray[np.bool_], chance: np.random.Generator
) -> pa.Table:
    count = int(kept.sum())
    scale = (5.5, 1.2) if name == "bet_placed" else (8.0, 1.0)
    amount = chance.lognormal(*scale, count).astype(np.int64) + 1
    euro = chance.random(count) < 0.8
    made = {
        "event_id": pa.array(_identities(chance, count), pa.binary(16)),
        "player_id": player_ids(happened.player[kept]),
        "occurred_at": pa.array(happened.occurred[kept]).cast(pa.timestamp("us")),
        "recorded_at": pa.array(happened.recorded[kept]).cast(pa.timestamp("us")),
        "currency": pc.if_else(pa.array(euro), EUR[0], SEK[0]),
        "exchange_rate_e6": pa.array(np.where(euro, EUR[1], SEK[1])),
        "amount_minor": pa.array(amount),
        "wager_minor": pa.array(amount),
        "game_id": pc.cast(pa.array(chance.zipf(1.4, count) % 400), pa.string()),
        "local_hour": pa.array(happened.occurred[kept] // HOUR % 24),
    }
    schema = fact_schema(facts()[name])
    columns = [made[f.name] if f.name in made else _constant(f, count) for f in schema]
    stored = schema.set(0, pa.field("event_id", pa.binary(16), nullable=False))
    return pa.Table.from_arrays(columns, schema=stored).cast(schema)


def _identities(chance: np.random.Generator, count: int) -> list[bytes]:
    raw = chance.bytes(16 * count)
    return [raw[at : at + 16] for at in range(0, len(raw), 16)]


def _constant(field: pa.Field, count: int) -> pa.Array:
    """What the views do not read: null, or one value where null is not allowed."""
    if field.nullable:
        return pa.nulls(count, field.type)
    return pa.repeat(pa.scalar(0 if pa.types.is_integer(field.type) else "x", field.type), count)


def _write(folder: Path, name: str, table: pa.Table) -> None:
    part = folder / name / "date=2026-01-01"
    part.mkdir(parents=True)
    pq.write_table(table, part / "part.parquet", compression="zstd", row_group_size=122_880)


def questions(happened: Happened, count: int, seed: int = 5) -> pa.Table:
    """Return distinct (player, instant) pairs: at most `count`, all but a few of them."""
    chance = np.random.default_rng(seed)
    near = chance.integers(0, len(happened.player), count // 2)
    after = happened.occurred[near] + chance.integers(0, 3 * HOUR, len(near))
    others = chance.choice(np.unique(happened.player), count - len(near))
    on_grid = START + chance.integers(0, DAYS * 24, len(others)) * HOUR
    player = np.concatenate([happened.player[near], others])
    pairs = np.unique(np.stack([player, np.concatenate([after, on_grid])], axis=1), axis=0)
    who, when = pairs[chance.permutation(len(pairs))].T.copy()
    instants = pa.array(when).cast(SPINE.field("as_of").type)
    return pa.Table.from_arrays([player_ids(who), instants], schema=SPINE)
