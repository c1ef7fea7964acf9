"""States fed in any order against the warehouse's SQL: every view and player, several instants."""

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.frame import point_in_time_frame
from features.prove import same
from features.registry import all_views
from features.sources import open_warehouse
from features.spec import SharedIdentityView
from features.state.engine import Engine
from features.state.facts import batches_of_warehouse
from features.state.layout import layout_of
from features.state.reader import Combiner

VIEWS = tuple(view for view in all_views() if not isinstance(view, SharedIdentityView))
DAYS_BEFORE_THE_END = (0, 0.37, 33, 120)


@pytest.mark.parametrize("days", DAYS_BEFORE_THE_END)
def test_states_in_any_order_say_what_the_warehouse_says(
    small_warehouse: Path, days: float
) -> None:
    layout, chance = layout_of(VIEWS), random.Random(str(days))
    with open_warehouse(small_warehouse, threads=1) as connection:
        batches = list(batches_of_warehouse(layout, connection, rows=5_000))
        newest = max(int(batch.recorded.max()) for batch in batches if len(batch))
        asked = newest - round(days * 86_400) * 1_000_000
        engine = Engine(layout)
        chance.shuffle(batches)
        for batch in batches:
            order = np.array(chance.sample(range(len(batch)), len(batch)), dtype=np.intp)
            known = batch.taken(order[batch.recorded[order] <= asked])
            engine.update(known)
        players = sorted(engine.players)
        instants = pa.array([asked] * len(players), pa.int64()).cast(pa.timestamp("us"))
        spine = pa.table({"player_id": players, "as_of": instants})
        frame = point_in_time_frame(connection, spine, VIEWS).to_pylist()

    blobs = engine.pack(players)
    values = Combiner(layout, layout.feature_names).values(
        blobs, np.full(len(players), asked, dtype=np.int64)
    )

    assert len(players) > 100
    for place, row in enumerate(frame):
        told = dict(zip(layout.feature_names, values.row(place), strict=True))
        wrong = {n: (told[n], row[n]) for n in told if not same(told[n], row[n])}
        assert not wrong, (players[place], wrong)
