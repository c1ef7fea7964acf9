"""A few live tables with their rounds. Way: plan -> here -> live facts, subject = table id.

Three tables, one hour each evening, a round every three minutes: enough to join on, small in
volume. Their rounds are the tables' own; players' live-casino bets are not tied to them.
"""

from __future__ import annotations

import numpy as np

from pipelines.simulation.columns import Coded, Column
from pipelines.simulation.games import VENDORS
from pipelines.simulation.names import EVERYWHERE, LIVE_KIND, token
from pipelines.simulation.plan import DAY, HOUR, MINUTE, SECOND, Array, Plan
from pipelines.simulation.writing import Emitter

TABLES = ("table_roulette_1", "table_blackjack_1", "table_wheel_1")
ROUNDS, EVERY, FACTS = 20, 3 * MINUTE, 2 + 4 * 20


def emit_live_tables(plan: Plan, emitter: Emitter, rng: np.random.Generator) -> None:
    """Write the tables' evenings over the whole stretch."""
    evenings = plan.days * len(TABLES)
    table, opened = np.arange(evenings) % len(TABLES), np.arange(evenings) // len(TABLES)
    at = plan.start_us + opened * DAY + 19 * HOUR + rng.integers(0, 10 * MINUTE, evenings)
    evening = np.repeat(np.arange(evenings), ROUNDS)
    number = np.tile(np.arange(ROUNDS), evenings)
    begin = at[evening] + MINUTE + number * EVERY + rng.integers(0, 5 * SECOND, len(evening))
    ids = token(LIVE_KIND, EVERYWHERE, np.arange(len(evening)))

    def emit(fact: str, who: Array, when: Array, seq: Array, **more: Column) -> None:
        lag = rng.integers(SECOND // 20, SECOND, len(when))
        words = Coded(table[who], TABLES)
        emitter.emit_about(fact, words, when + lag, table_id=words, provider_at=when,
                           vendor_id=Coded(table[who] % len(VENDORS), VENDORS),
                           provider_seq=who * FACTS + seq, **more)  # fmt: skip

    first = np.zeros(evenings, dtype=np.int64)
    everyone = np.arange(evenings)
    emit("live_table_opened", everyone, at, first, game_id=Coded(table, TABLES))
    emit("live_round_opened", evening, begin, 1 + 4 * number, round_id=ids,
         bets_open_until_at=begin + 25 * SECOND)  # fmt: skip
    emit("live_bets_closed", evening, begin + 25 * SECOND, 2 + 4 * number, round_id=ids)
    result = Coded(rng.integers(0, 37, len(evening)), [f"{n:02d}" for n in range(37)])
    emit("live_result", evening, begin + 60 * SECOND, 3 + 4 * number, round_id=ids, result=result)
    emit("live_settled", evening, begin + 64 * SECOND, 4 + 4 * number, round_id=ids,
         bet_count=rng.poisson(9, len(evening)))  # fmt: skip
    emit("live_table_closed", everyone, at + HOUR + 5 * MINUTE, first + FACTS - 1)
