"""The compiled SQL against the definition, for every view there is."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DeclarationError
from features.claims import of_frame
from features.frame import point_in_time_frame
from features.future import future_leaks
from features.prove import mismatches
from features.raw_facts import LandedFacts
from features.registry import all_views, views_named
from features.sources import open_warehouse
from features.spec import View

AS_OFS = tuple(
    datetime.fromisoformat(text)  # naive UTC, as in the warehouse; the conftest aims at the same
    for text in (
        "2025-03-10T00:00:00",
        "2025-03-10T00:00:00.000001",
        "2025-03-10T13:07:03",
        "2025-04-10T00:00:00",
    )
)
PLAYERS = ("ada", "bob", "nobody")
Land = Callable[[dict[str, list[dict[str, object]]]], Path]
seeds = st.integers(0, 2**32 - 1)
counts = st.integers(0, 120)
law = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
every_view = pytest.mark.parametrize("view", all_views(), ids=lambda view: str(view.name))


def _spine() -> pa.Table:
    asked = [(player, instant) for player in PLAYERS for instant in AS_OFS]
    players, instants = zip(*asked, strict=True)
    return pa.table({"player_id": players, "as_of": pa.array(instants, pa.timestamp("us"))})


def _open(warehouse: Path) -> duckdb.DuckDBPyConnection:
    return open_warehouse(warehouse, threads=1)


@every_view
@given(seed=seeds, count=counts)
@settings(law, max_examples=5)
def test_a_value_is_what_the_definition_gives_fact_by_fact(
    view: View, seed: int, count: int, land: Land, fact_maker: Any
) -> None:
    warehouse = land(fact_maker(view, seed).world(count))

    with _open(warehouse) as connection:
        claims = of_frame(connection, _spine(), [view])

    wrong = list(mismatches(claims, [view], LandedFacts(warehouse, PLAYERS, [view])))
    assert not wrong, wrong[:3]
    assert len(claims) == len(PLAYERS) * len(AS_OFS)


@every_view
@given(seed=seeds)
@settings(law, max_examples=1)
def test_facts_recorded_after_the_instant_change_nothing(
    view: View, seed: int, land: Land, fact_maker: Any
) -> None:
    maker = fact_maker(view, seed)
    world = maker.world(40)
    with _open(land(world)) as connection:
        before = point_in_time_frame(connection, _spine(), [view])

    for _ in range(40):
        source = maker.chance.choice(view.sources)
        late_by = timedelta(microseconds=maker.chance.choice((1, 10**6, 86_400 * 10**6)))
        world[source].append(maker.fact(source, maker.occurred(), max(AS_OFS) + late_by))
    with _open(land(world)) as connection:
        after = point_in_time_frame(connection, _spine(), [view])

    assert after.equals(before)


@given(seed=seeds)
@settings(law, max_examples=2)
def test_the_future_check_finds_nothing_in_sound_views(
    seed: int, land: Land, fact_maker: Any
) -> None:
    view = views_named(["deposits"])[0]

    with _open(land(fact_maker(view, seed).world(40))) as connection:
        assert future_leaks(connection, PLAYERS, AS_OFS[2], [view]) == []


def test_the_future_check_sees_a_frame_that_forgets_known_time(
    land: Land, fact_maker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = views_named(["deposits"])
    maker = fact_maker(views[0], 1)
    rows = [maker.fact("deposit_approved", AS_OFS[0], AS_OFS[3]) for _ in range(5)]

    def by_event_time(connection: Any, spine: pa.Table, _: object) -> pa.Table:
        connection.register("asked", spine)
        return connection.sql(
            "SELECT player_id, as_of, COUNT(event_id) AS deposit_count FROM asked LEFT JOIN "
            "deposit_approved USING (player_id) WHERE occurred_at <= as_of OR event_id IS NULL "
            "GROUP BY ALL ORDER BY player_id"
        ).to_arrow_table()

    monkeypatch.setattr("features.future.point_in_time_frame", by_event_time)
    with _open(land({"deposit_approved": rows})) as connection:
        found = future_leaks(connection, PLAYERS, AS_OFS[2], views)

    assert "deposit_count" in found


def test_windows_empty_by_themselves(land: Land, fact_maker: Any) -> None:
    view = views_named(["deposits"])[0]
    fact = fact_maker(view, 3).fact("deposit_approved", AS_OFS[0], AS_OFS[0])
    days = (0, 1, 6, 8, 40)
    spine = pa.table(
        {
            "player_id": [str(fact["player_id"])] * len(days),
            "as_of": [AS_OFS[0] + timedelta(days=day) for day in days],
        }
    )

    with _open(land({"deposit_approved": [fact]})) as connection:
        frame = point_in_time_frame(connection, spine, [view])

    assert frame["deposit_count_7d"].to_pylist() == [1, 1, 1, 0, 0]
    assert frame["deposit_count_30d"].to_pylist() == [1, 1, 1, 1, 0]
    assert frame["deposit_count_life"].to_pylist() == [1, 1, 1, 1, 1]
    assert frame["deposit_s_since_last_life"].to_pylist() == [86_400 * day for day in days]


def test_the_order_of_landed_facts_does_not_matter(land: Land, fact_maker: Any) -> None:
    views = views_named(["deposits", "bets", "shared_device"])
    frames = []
    worlds = [fact_maker(view, 11).world(50) for view in views]
    world = {name: rows for made in worlds for name, rows in made.items()}

    for turned in (world, {name: rows[::-1] for name, rows in world.items()}):
        with _open(land(turned)) as connection:
            frames.append(point_in_time_frame(connection, _spine(), views))

    assert frames[0].equals(frames[1])


@pytest.mark.parametrize("instant", ["1969-12-31T23:59:59.999999", "1960-01-01T00:00:00"])
def test_an_instant_before_1970_is_refused_by_name(instant: str, land: Land) -> None:
    moment = datetime.fromisoformat(instant)
    spine = pa.table({"player_id": ["ada"], "as_of": pa.array([moment], pa.timestamp("us"))})

    with (
        _open(land({})) as connection,
        pytest.raises(DeclarationError, match=f"{moment:%Y-%m-%d %H:%M:%S}.*from 1970 on"),
    ):
        point_in_time_frame(connection, spine, views_named(["deposits"]))
