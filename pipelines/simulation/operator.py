"""The whole operator: blocks of players from one seed to files. Way: plan -> here -> raw, truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipelines.simulation import exclusions, payments, registration, sessions
from pipelines.simulation.engine import run
from pipelines.simulation.fraud import draw_fraud, emit_blocks
from pipelines.simulation.identities import draw_identities
from pipelines.simulation.places import Exchange, exchange_of
from pipelines.simulation.plan import Plan, generator
from pipelines.simulation.population import draw_population
from pipelines.simulation.state import new_house
from pipelines.simulation.writing import Emitter, write


@dataclass(frozen=True, slots=True)
class Part:
    """The facts of one block as Arrow tables, and what only the simulator knows."""

    number: int
    facts: dict[str, list[pa.Table]]
    truth: dict[str, pa.Table]


def parts(plan: Plan) -> Iterator[Part]:
    """Make the blocks one after another; each has its own seed, so their order does not matter."""
    seeds = np.random.SeedSequence(plan.seed).spawn(plan.blocks + 2)
    exchange = exchange_of(plan, seeds[0])
    for number in range(plan.blocks):
        yield make_part(plan, number, exchange, seeds[number + 2])


def make_part(plan: Plan, number: int, exchange: Exchange, seed: np.random.SeedSequence) -> Part:
    """Draw people, let them live, and turn what happened into facts."""
    people_seed, life_seed, facts_seed = seed.spawn(3)
    rng = generator(people_seed)
    population = draw_population(plan, number, rng)
    fraud = draw_fraud(population, plan.start_us, rng)
    who = draw_identities(population, fraud, rng)
    house = new_house(plan, number, population, generator(life_seed))
    run(house, fraud)
    emitter = Emitter(population, exchange, plan.end_us, generator(facts_seed))
    registration.emit_registrations(house, emitter, who)
    rows = house.journal.take("sessions")
    if rows is not None:
        sessions.emit_sessions(house, emitter, who, rows)
        sessions.emit_bets(house, emitter, rows)
    payments.emit_deposits(house, emitter, who)
    exclusions.emit_exclusions(house, emitter)
    emit_blocks(house, emitter)
    return Part(number, emitter.tables, {})


def simulate(plan: Plan, on_part: Callable[[dict[str, int]], None] | None = None) -> dict[str, int]:
    """Write the operator to disk; return the rows per fact."""
    total: dict[str, int] = {}
    for part in parts(plan):
        rows = write(part.facts, plan.raw, part.number)
        for fact, count in rows.items():
            total[fact] = total.get(fact, 0) + count
        if on_part is not None:
            on_part(rows)
    return dict(sorted(total.items()))
