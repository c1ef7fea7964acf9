"""What only the simulator knows. Way: latent traits, journal -> here -> `<home>/truth/*.parquet`.

One row per player (`players`), per move of the hidden harm state (`harm_path`), per stop and return
(`activity_path`), per player a campaign could have reached (`campaigns`, with its control group).
No feature may read any of it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from pipelines.simulation.aml import PATTERNS, Laundering
from pipelines.simulation.campaigns import KINDS, campaign_words
from pipelines.simulation.churn import CAUSES
from pipelines.simulation.columns import Coded, Column, arrow, tokens
from pipelines.simulation.fraud import SCHEMES, Fraud
from pipelines.simulation.places import PLACES
from pipelines.simulation.plan import Array
from pipelines.simulation.population import HOUR_PROFILES
from pipelines.simulation.state import FOREVER, House
from pipelines.simulation.writing import write_parquet

INSTANT = pa.timestamp("us")
HARM_WORDS = ("none", "at_risk", "harmed")


def truth_of(house: House, fraud: Fraud, laundering: Laundering) -> dict[str, pa.Table]:
    """Gather the tables of a block."""
    moves = house.journal.take("harm") or _none("player", "at", "state")
    paths = [house.journal.take(kind) or _none("player", "at", "cause")
             for kind in ("lapse", "return")]  # fmt: skip
    waves = house.journal.take("campaign_truth") or _none(
        "player", "at", "number", "kind", "treated"
    )
    returned = np.repeat([0, 1], [len(p["player"]) for p in paths])
    path = {name: np.concatenate([p[name] for p in paths]) for name in paths[0]}
    return {
        "players": _players(house, fraud, laundering),
        "harm_path": _table(house, moves["player"], from_at=moves["at"],
                            state=Coded(moves["state"], HARM_WORDS)),
        "activity_path": _table(house, path["player"], from_at=path["at"],
                                change=Coded(returned, ("stopped", "returned")),
                                cause=Coded(np.where(returned, -1, path["cause"]), CAUSES)),
        "campaigns": _table(house, waves["player"], sent_at=waves["at"],
                            campaign_id=Coded(waves["number"], campaign_words(house)),
                            kind=Coded(waves["kind"], KINDS), treated=waves["treated"]),
    }  # fmt: skip


def _players(house: House, fraud: Fraud, laundering: Laundering) -> pa.Table:
    people, state = house.population, house.state
    gone = np.where(state.blocked_from < FOREVER, state.blocked_from, house.stopped_at)
    cause = np.where(state.blocked_from < FOREVER, 3, house.stop_cause)
    return _table(
        house,
        np.arange(people.count),
        jurisdiction=Coded(people.place, [p.jurisdiction for p in PLACES]),
        value=people.value,
        income_minor=people.income_minor,
        sessions_per_day=people.rate,
        churn_per_step=people.churn,
        harm_susceptibility=people.susceptibility,
        hour_profile=Coded(people.hour_profile, HOUR_PROFILES),
        provider_loyalty=people.loyalty,
        is_depositor=people.is_depositor,
        fraud_scheme=Coded(fraud.scheme, SCHEMES),
        ring=np.where(fraud.ring >= 0, fraud.ring + house.number * 10_000, -1),
        is_bonus_hunter=fraud.scheme == SCHEMES.index("bonus_hunter"),
        aml_pattern=Coded(laundering.pattern, PATTERNS),
        harm_at_end=Coded(state.harm, HARM_WORDS),
        churned_at=np.where(gone < FOREVER, gone, -1),
        churn_cause=Coded(np.where(gone < FOREVER, cause, -1), (*CAUSES, "door_closed")),
    )


def _table(house: House, player: Array, **columns: Column) -> pa.Table:
    arrays = {"player_id": tokens(house.population.number[player])}
    for name, column in columns.items():
        plain = column if isinstance(column, np.ndarray) else None
        kind = pa.string() if plain is None else pa.array(plain[:0]).type
        array = arrow(column, pa.field(name, kind), len(player))
        arrays[name] = _instants(array) if name.endswith("_at") else array
    return pa.table(arrays)


def _instants(array: pa.Array) -> pa.Array:
    return pa.array(np.asarray(array), mask=np.asarray(array) < 0).cast(INSTANT)


def _none(*names: str) -> dict[str, Array]:
    return {name: np.empty(0, dtype=bool if name == "treated" else np.int64) for name in names}


def write_truth(tables: dict[str, pa.Table], folder: Path, number: int) -> None:
    """Write one part per table, in a folder of its own."""
    for name, table in tables.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        write_parquet(table, folder / name / f"part-{number:05d}.parquet")
