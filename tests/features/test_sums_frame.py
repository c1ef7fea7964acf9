"""Counts and sums by running sums are what the definition gives, and what the SQL gives."""

import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import sums_frame
from features.frame import SPINE, point_in_time_frame
from features.measures import (
    DAY,
    HOUR,
    LIFE,
    WEEK,
    By,
    Count,
    Difference,
    Max,
    Ratio,
    Std,
    Sum,
    SumOfSquares,
    Trend,
    Where,
    Window,
)  # fmt: skip
from features.prove import same
from features.reference import Row, recompute
from features.registry import all_views
from features.sources import open_warehouse
from features.spec import FeatureView, View, names_of
from features.sums_frame import split_sums

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
law = settings(max_examples=EXAMPLES, deadline=None)

SECOND, HOUR_US, DAY_US = 1_000_000, 3_600_000_000, 86_400_000_000
NOON = 20_000 * DAY_US + 12 * HOUR_US
STAKE = "amount_base_minor"
UNEVEN = Window("100s", 100, 20, "lately")  # its hop divides none of the others' hops
BET = (Where("fact", ("bet_placed",)),)
VIEW = FeatureView(
    name="turnover",
    source=("bet_placed", "deposit_approved"),
    noun="turn",
    subject="bets and deposits",
    measures=(
        Count(),
        Count(STAKE, label="given"),
        Sum(STAKE, label="bet", where=BET),
        Sum(STAKE, label="each", by=By("fact", ("bet_placed", "deposit_approved")),
            windows=(DAY,)),
        SumOfSquares(STAKE),
    ),
    derived=(
        Ratio(label="mean", phrase="mean", over=Sum(STAKE), under=Count(STAKE)),
        Difference(label="net", phrase="net", left=Sum(STAKE), right=Sum(STAKE, where=BET)),
        Std(label="spread", phrase="spread", column=STAKE),
        Trend(label="trend", phrase="trend", measure=Count(), short=HOUR, long=WEEK),
    ),
    windows=(UNEVEN, HOUR, DAY, WEEK, LIFE),
    category="game_preferences",
    indicator="patterns_of_spend",
    owner="test",
    why="To be added up.",
)  # fmt: skip
MIXED = FeatureView(
    name="mixed", source="bet_placed", noun="mixed", subject="bets",
    measures=(Count(), Max(STAKE), Sum(STAKE, windows=(LIFE,))),
    derived=(Ratio(label="peak", phrase="peak", over=Max(STAKE), under=Sum(STAKE)),),
    windows=(HOUR, DAY), category="game_preferences", indicator="patterns_of_spend",
    owner="test", why="Sums beside others.",
)  # fmt: skip

every_view = pytest.mark.parametrize("view", all_views(), ids=lambda view: str(view.name))
Land = Callable[[dict[str, list[dict[str, object]]]], Path]
NEAR = 1_741_564_800 * SECOND  # 2025-03-10, where the facts of `fact_maker` lie

players = st.sampled_from(["ada", "bob", "eve"])
steps = st.sampled_from([20 * SECOND, 60 * SECOND, HOUR_US, 6 * HOUR_US, DAY_US])
instants = st.builds(  # at, just before and just after edges of hops, and anywhere near
    lambda step, count, beside: NOON + step * count + beside,
    steps, st.integers(-9, 9), st.sampled_from([-1, 0, 1]) | st.integers(0, 90 * SECOND),
)  # fmt: skip
delays = st.sampled_from([0, 1]) | st.builds(lambda a, b: abs(a - b), instants, instants)
amounts = st.none() | st.integers(-(10**6), 10**6)


class Happened(NamedTuple):
    """A fact to be."""

    player: str
    fact: str
    occurred: int
    delay: int
    amount: int | None


happenings = st.lists(
    st.builds(Happened, players, st.sampled_from(VIEW.sources), instants, delays, amounts),
    max_size=16,
)
asked = st.lists(st.tuples(players, instants), min_size=1, max_size=6, unique=True)


@dataclass(frozen=True)
class World:
    """Facts as the definition reads them."""

    happened: list[Happened]

    def of(self, fact: str, player_id: str) -> Iterable[Row]:
        """Return one kind of facts of one player."""
        for number, (player, kind, occurred, delay, amount) in enumerate(self.happened):
            if (player, kind) == (player_id, fact):
                yield Row(fact, str(number), occurred, occurred + delay, {STAKE: amount})

    def keys_of(self, fact: str, column: str, player_id: str) -> Iterable[tuple[str, int]]:
        """No keys here."""
        return []

    def players_of(self, fact: str, column: str, key: str) -> Iterable[tuple[str, int]]:
        """No keys here."""
        return []


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse of two facts in memory."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        for fact in VIEW.sources:
            connection.execute(
                f"CREATE TABLE {fact} (event_id UUID, player_id VARCHAR, occurred_at TIMESTAMP,"
                f" recorded_at TIMESTAMP, {STAKE} BIGINT)"
            )
        yield connection


def _fill(warehouse: duckdb.DuckDBPyConnection, happened: list[Happened]) -> None:
    for fact in VIEW.sources:
        mine = [(n, h) for n, h in enumerate(happened) if h.fact == fact]
        table = pa.table(
            {
                "event_id": pa.array([str(uuid.UUID(int=n)) for n, _ in mine], pa.string()),
                "player_id": pa.array([h.player for _, h in mine], pa.string()),
                "occurred_at": _moments(h.occurred for _, h in mine),
                "recorded_at": _moments(h.occurred + h.delay for _, h in mine),
                STAKE: pa.array([h.amount for _, h in mine], pa.int64()),
            }
        )
        warehouse.execute(f"DELETE FROM {fact}")
        warehouse.register("made", table)
        warehouse.execute(f"INSERT INTO {fact} SELECT * FROM made")
        warehouse.unregister("made")


def _moments(micros: Iterable[int]) -> pa.Array:
    return pa.array(list(micros), pa.int64()).cast(pa.timestamp("us"))


def _spine(questions: list[tuple[str, int]]) -> pa.Table:
    who, when = zip(*questions, strict=True)
    return pa.Table.from_arrays([pa.array(who), _moments(when)], schema=SPINE)


@given(happened=happenings, questions=asked, at_once=st.integers(1, 30))
@law
def test_running_sums_give_what_the_definition_gives_fact_by_fact(
    warehouse: duckdb.DuckDBPyConnection,
    happened: list[Happened],
    questions: list[tuple[str, int]],
    at_once: int,
) -> None:
    _fill(warehouse, happened)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums_frame, "FACTS_AT_ONCE", at_once)
        frame = point_in_time_frame(warehouse, _spine(questions), [VIEW])

    for row, (player, t) in zip(frame.to_pylist(), questions, strict=True):
        for name, value in recompute(VIEW, World(happened), player, t).items():
            assert same(row[name], value), (name, player, t)


@given(happened=happenings, questions=asked)
@settings(law, max_examples=max(EXAMPLES // 20, 1))
def test_the_sql_other_engines_run_gives_the_same_values(
    warehouse: duckdb.DuckDBPyConnection,
    happened: list[Happened],
    questions: list[tuple[str, int]],
) -> None:
    _fill(warehouse, happened)
    views, spine = [VIEW, MIXED], _spine(questions)

    by_sql = point_in_time_frame(warehouse, spine, views, portable=True)

    assert point_in_time_frame(warehouse, spine, views).equals(by_sql)


@pytest.mark.parametrize("amount", [2**62, -(2**62)])
def test_sums_that_might_not_fit_are_left_to_sql(
    warehouse: duckdb.DuckDBPyConnection, amount: int
) -> None:
    view = FeatureView(
        name="large", source="bet_placed", noun="large", subject="bets",
        measures=(Count(), Sum(STAKE)), windows=(DAY,), category="game_preferences",
        indicator="patterns_of_spend", owner="test", why="To be too much.",
    )  # fmt: skip
    spine = _spine([("ada", NOON)])

    _fill(warehouse, [Happened("ada", "bet_placed", NOON, 0, amount)])
    assert point_in_time_frame(warehouse, spine, [view])["large_minor_sum_24h"].to_pylist() == [
        amount
    ]
    _fill(warehouse, [Happened("ada", "bet_placed", NOON, 0, amount)] * 3)
    with pytest.raises(duckdb.Error):
        point_in_time_frame(warehouse, spine, [view])


@every_view
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 80))
@settings(law, max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_view_has_the_same_values_by_sql_alone(
    view: View, seed: int, count: int, land: Land, fact_maker: Any
) -> None:
    warehouse = land(fact_maker(view, seed).world(count))
    questions = [(p, NEAR + gap) for p in ("ada", "bob") for gap in (0, 1, 3 * DAY_US)]

    with open_warehouse(warehouse, threads=1) as connection:
        frame = point_in_time_frame(connection, _spine(questions), [view])
        by_sql = point_in_time_frame(connection, _spine(questions), [view], portable=True)

    assert frame.equals(by_sql)


@every_view
def test_a_view_is_split_without_loss_into_sums_and_the_rest(view: View) -> None:
    summed, rest = split_sums(view)

    names = [name for part in (summed, rest) if part is not None for name in names_of(part)]
    assert sorted(names) == sorted(names_of(view))
