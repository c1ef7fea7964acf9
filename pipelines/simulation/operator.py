"""The whole operator: blocks of players from one seed to files. Way: plan -> here -> raw, truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipelines.simulation import (
    bonuses,
    campaigns,
    cases,
    exclusions,
    kyc,
    limits,
    payments,
    payouts,
    registration,
    sessions,
    support,
    visits,
)
from pipelines.simulation.aml import draw_laundering
from pipelines.simulation.engine import run
from pipelines.simulation.fraud import draw_fraud, emit_blocks
from pipelines.simulation.identities import Identities, draw_identities
from pipelines.simulation.live_tables import emit_live_tables
from pipelines.simulation.places import Exchange, exchange_of
from pipelines.simulation.plan import Plan, generator
from pipelines.simulation.population import draw_population
from pipelines.simulation.state import House, new_house
from pipelines.simulation.truth import truth_of, write_truth
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
    yield live_part(plan, exchange, generator(seeds[1]))


def make_part(plan: Plan, number: int, exchange: Exchange, seed: np.random.SeedSequence) -> Part:
    """Draw people, let them live, and turn what happened into facts."""
    people_seed, life_seed, facts_seed = seed.spawn(3)
    rng = generator(people_seed)
    population = draw_population(plan, number, rng)
    fraud = draw_fraud(population, plan.start_us, rng)
    laundering = draw_laundering(plan, population, fraud, rng)
    who = draw_identities(population, fraud, rng)
    house = new_house(plan, number, population, generator(life_seed))
    run(house, fraud, laundering)
    emitter = Emitter(population, exchange, plan.end_us, generator(facts_seed))
    _emit_play(house, emitter, who)
    _emit_about(house, emitter, who)
    return Part(number, emitter.tables, truth_of(house, fraud, laundering))


def _emit_play(house: House, emitter: Emitter, who: Identities) -> None:
    rows = house.journal.take("sessions")
    if rows is None:
        return
    sessions.emit_sessions(house, emitter, who, rows)
    sessions.emit_bets(house, emitter, rows)
    visits.emit_visits(house, emitter, who, rows)
    deposits = payments.emit_deposits(house, emitter, who, rows["device"])
    asked = payouts.emit_withdrawals(house, emitter, who)
    kyc.emit_kyc(house, emitter, deposits, asked)


def _emit_about(house: House, emitter: Emitter, who: Identities) -> None:
    registration.emit_registrations(house, emitter, who)
    campaigns.emit_consents(house, emitter)
    campaigns.emit_campaigns(house, emitter)
    bonuses.emit_bonuses(house, emitter)
    limits.emit_limits(house, emitter)
    support.emit_tickets(house, emitter)
    exclusions.emit_exclusions(house, emitter)
    emit_blocks(house, emitter)
    cases.emit_cases(house, emitter)


def live_part(plan: Plan, exchange: Exchange, rng: np.random.Generator) -> Part:
    """Make the live tables, which belong to no player."""
    emitter = Emitter(None, exchange, plan.end_us, rng)
    emit_live_tables(plan, emitter, rng)
    return Part(plan.blocks, emitter.tables, {})


def simulate(plan: Plan, on_part: Callable[[dict[str, int]], None] | None = None) -> dict[str, int]:
    """Write the operator to disk; return the rows per fact."""
    total: dict[str, int] = {}
    for part in parts(plan):
        rows = write(part.facts, plan.raw, part.number)
        write_truth(part.truth, plan.truth, part.number)
        for fact, count in rows.items():
            total[fact] = total.get(fact, 0) + count
        if on_part is not None:
            on_part(rows)
    return dict(sorted(total.items()))
