"""A small operator's history as log entries, and what states must be. Way: here -> stream tests.

The expectation takes no detour: one memory, one engine, the log's entries in one go; no store, no
flush, no restart.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np

from core.log.event_log import Batch, Entry, EventLog
from core.settings import Settings
from features.state.engine import Engine
from features.state.layout import NOT_A_PLAYER
from features.state.reader import newest_recorded_of
from pipelines.landing.adapter import adapter_named
from pipelines.landing.land import Sources, land
from pipelines.simulation.operator import simulate
from pipelines.simulation.plan import Plan
from pipelines.stream.consistency import served
from pipelines.stream.decoding import BatchDecoder
from pipelines.stream.decoding_batch import Places
from pipelines.stream.dedupe import APPLY, Memory
from pipelines.stream.feed import entry_of
from pipelines.stream.opening import Parts
from pipelines.stream.recorded_facts import RecordedFacts, facts_of_folder
from pipelines.stream.rereading import places_of
from pipelines.stream.settings import Pace, StreamSettings

FAR_US = 2**60
"""A now later than every fact."""


def make_operator(home: Path, *, players: int = 60, days: int = 30, seed: int = 11) -> Settings:
    """Simulate and land an operator."""
    settings = Settings(home=home)
    simulate(Plan(players, days, seed, settings.raw, settings.truth))
    land(Sources((settings.raw,), adapter_named("contract_parquet")), settings)
    return settings


def history(settings: Settings) -> list[Entry]:
    """Return the raw facts, repetitions and all, in the order they became known."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        told = RecordedFacts(connection, facts_of_folder(settings.raw))
        return [
            entry_of(event, settings.base_currency)
            for month, _ in told.months()
            for event in told.of_month(month)
        ]


def disordered(
    entries: Sequence[Entry], seed: int, *, late: float = 0.02, twice: float = 0.005
) -> list[Entry]:
    """Let some entries come up to 30 places later, and some a second time."""
    chance = random.Random(seed)
    placed: list[tuple[float, Entry]] = []
    for place, entry in enumerate(entries):
        shift = chance.random() * 30 if chance.random() < late else 0.0
        placed.append((place + shift, entry))
        if chance.random() < twice:
            placed.append((place + shift + chance.random() * 30, entry))
    return [entry for _, entry in sorted(placed, key=lambda pair: pair[0])]


def stream_of(settings: Settings, home: Path, pace: Pace, log: str = "") -> StreamSettings:
    """Return a worker's settings: its own log, store and letters under `home`, the warehouse of
    `settings`."""
    own = replace(settings, home=home)
    return StreamSettings(
        own,
        log=log or f"sqlite:///{home / 'log.sqlite'}",
        states=str(home / "states.sqlite"),
        pace=pace,
    )


def expected_states(parts: Parts) -> dict[str, bytes]:
    """Return every player's state after the whole log, made in one go per partition."""
    layout, settings = parts.layout, parts.settings
    decoder, states = BatchDecoder(layout), dict[str, bytes]()
    for number in range(parts.log.partitions):
        engine, memory = Engine(layout, settings.epoch), Memory(settings.reach_s * 1_000_000)
        whole = whole_partition(parts.log, number)
        if not whole.offset:
            continue
        facts = decoder.decode(whole.value, places_of(whole, FAR_US)).facts
        verdicts = memory.judge(facts.recorded, facts.id_high, facts.id_low)
        kept = np.flatnonzero((verdicts == APPLY) & (facts.fact != NOT_A_PLAYER))
        touched = engine.update(facts.taken(kept))
        states.update(zip(touched, engine.pack(touched), strict=True))
    return states


def compile_kernels(parts: Parts, entries: Sequence[Entry]) -> None:
    """Compile here what workers would otherwise all compile at once, while they should join."""
    n, layout = len(entries), parts.layout
    values = [entry.value for entry in entries]
    places = Places(np.zeros(n, np.int32), np.arange(n), np.full(n, FAR_US))
    facts = BatchDecoder(layout).decode(values, places).facts
    Memory(parts.settings.reach_s).judge(facts.recorded, facts.id_high, facts.id_low)
    engine = Engine(layout, parts.settings.epoch)
    engine.pack(engine.update(facts.taken(np.flatnonzero(facts.fact != NOT_A_PLAYER))))


def straight_memory(parts: Parts, number: int) -> Memory:
    """Return the memory of ids after a whole partition."""
    memory, whole = Memory(parts.settings.reach_s * 1_000_000), whole_partition(parts.log, number)
    facts = BatchDecoder(parts.layout).decode(whole.value, places_of(whole, FAR_US)).facts
    memory.judge(facts.recorded, facts.id_high, facts.id_low)
    return memory


def forget_a_fact(parts: Parts) -> str:
    """Put a state without one of its bets in the place of some player's; return the player."""
    whole = whole_partition(parts.log, 0)
    facts = BatchDecoder(parts.layout).decode(whole.value, places_of(whole, FAR_US)).facts
    bets = np.flatnonzero(facts.fact == parts.layout.number_of("bet_placed"))
    lost = int(bets[len(bets) // 2])
    victim = facts.player[lost]
    rows = [n for n, player in enumerate(facts.player) if player == victim and n != lost]
    engine = Engine(parts.layout, parts.settings.epoch + 1)  # a later epoch, so it is stored
    engine.update(facts.taken(np.array(rows)))
    parts.store.write(parts.layout.generation, [(victim, engine.pack([victim])[0])])
    return victim


def whole_partition(log: EventLog, number: int) -> Batch:
    """Return every entry of a partition."""
    whole, bounds = Batch(), log.bounds(number)
    for batch in log.read_range(number, bounds.first, bounds.end):
        whole.partition += batch.partition
        whole.offset += batch.offset
        whole.key += batch.key
        whole.value += batch.value
        whole.appended_us += batch.appended_us
    return whole


def differing(parts: Parts, states: Mapping[str, bytes]) -> list[str]:
    """Return the players whose stored state is not the expected one, to the last byte."""
    players = list(states)
    stored = parts.store.read(parts.layout.generation, players)
    return [
        player
        for player, blob in zip(players, stored, strict=True)
        if blob is None or blob != states[player]
    ]


def told_differently(parts: Parts, other: Parts, players: Iterable[str]) -> list[str]:
    """Return the players of whom two stores say different things."""
    asked = sorted(players)
    ours, theirs = (served(one.store, one.layout, asked) for one in (parts, other))
    return [a.player_id for a, b in zip(ours, theirs, strict=True) if a != b]


def newest_us(states: Mapping[str, bytes]) -> int:
    """Return when the newest fact of all became known."""
    return max(newest_recorded_of(blob) for blob in states.values())
