"""Facts of one view as a list, and engines fed with them. Way: fact_maker -> here -> state laws."""

import random
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import numpy as np

from core.events.fact import MoneyFact
from core.events.registry import facts
from features.reference import Row
from features.state.engine import Engine
from features.state.facts import FactBatch, batch_of_rows
from features.state.layout import StateLayout

EPOCH = datetime.fromisoformat("1970-01-01")
Pairs = list[tuple[str, Row]]


class World:
    """Facts in a list: what the reference reads."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs

    def of(self, fact: str, player_id: str) -> Iterable[Row]:
        return [row for player, row in self.pairs if player == player_id and row.fact == fact]

    def keys_of(self, fact: str, column: str, player_id: str) -> Iterable[tuple[str, int]]:
        return []

    def players_of(self, fact: str, column: str, key: str) -> Iterable[tuple[str, int]]:
        return []


def _micros(value: object) -> object:
    if isinstance(value, datetime):
        delta = value - EPOCH
        return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
    return value


def _pair(fact: str, made: dict[str, object]) -> tuple[str, Row]:
    cells = {name: _micros(value) for name, value in made.items()}
    if issubclass(facts()[fact], MoneyFact):
        rate = int(str(cells["exchange_rate_e6"]))
        for name in [name for name in cells if name.endswith("_minor")]:
            amount = cells[name]
            base = None if amount is None else (int(str(amount)) * rate + 500_000) // 1_000_000
            cells[f"{name[:-6]}_base_minor"] = base
    identity = made["event_id"]
    assert isinstance(identity, bytes)
    occurred, recorded = int(str(cells["occurred_at"])), int(str(cells["recorded_at"]))
    row = Row(fact, str(uuid.UUID(bytes=identity)), occurred, recorded, cells)
    return str(made["player_id"]), row


def pairs_of(maker: Any, count: int) -> Pairs:
    return [_pair(fact, row) for fact, rows in maker.world(count).items() for row in rows]


def cut(batch: FactBatch, chance: random.Random) -> list[FactBatch]:
    cuts = sorted(chance.randrange(len(batch) + 1) for _ in range(chance.randrange(4)))
    parts = np.split(np.arange(len(batch)), cuts)
    return [batch.taken(part) for part in parts if len(part)]


def fed(layout: StateLayout, pairs: Pairs, chance: random.Random) -> Engine:
    """Feed facts in a random order and cut, packing and loading states in between."""
    chance.shuffle(pairs)
    engine = Engine(layout)
    for batch in cut(batch_of_rows(layout, pairs), chance):
        touched = engine.update(batch)
        if chance.random() < 0.5:
            blobs = engine.pack(touched)
            engine.drop(touched)
            engine.load(touched, blobs)
    return engine
