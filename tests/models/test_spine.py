from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow.compute as pc
import pytest

from core.errors import NotReadyError
from models.population import select_population
from models.spec import ModelCard, card_named
from models.spine import labelled_spine

Make = Callable[[dict[str, list[dict[str, Any]]]], duckdb.DuckDBPyConnection]
T = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def _population(connection: duckdb.DuckDBPyConnection) -> set[str]:
    connection.execute(f"CREATE TEMP TABLE cutoffs AS SELECT TIMESTAMP '{T}' AS as_of")
    query = select_population(connection, card_named("churn_30d").population, "cutoffs")
    return {row[0] for row in connection.sql(f"SELECT player_id FROM ({query})").fetchall()}


def test_the_population_is_who_was_active_lately_and_known_to_be(warehouse_of: Make) -> None:
    bets = [
        {"player_id": "today", "occurred_at": T},
        {"player_id": "edge", "occurred_at": T - 30 * DAY + timedelta(microseconds=1)},
        {"player_id": "gone", "occurred_at": T - 30 * DAY},
        {"player_id": "later", "occurred_at": T + DAY},
        {"player_id": "unknown yet", "occurred_at": T - DAY, "recorded_at": T + DAY},
    ]

    assert _population(warehouse_of({"bet_placed": bets})) == {"today", "edge"}


def test_excluded_blocked_and_closed_players_are_left_out_by_what_was_known(
    warehouse_of: Make,
) -> None:
    names = ("excluded", "expired", "returned", "blocked", "unblocked", "lapsed", "closed",
             "not known", "free")  # fmt: skip
    before = T - 9 * DAY
    connection = warehouse_of(
        {
            "bet_placed": [{"player_id": n, "occurred_at": T - 10 * DAY} for n in names],
            "player_self_excluded": [
                {"player_id": "excluded", "occurred_at": before, "scope": "operator"},
                {"player_id": "expired", "occurred_at": before, "scope": "operator",
                 "until_at": T - DAY},
                {"player_id": "returned", "occurred_at": before, "scope": "operator"},
                {"player_id": "not known", "occurred_at": before, "recorded_at": T + DAY,
                 "scope": "operator"},
            ],
            "player_exclusion_ended": [
                {"player_id": "returned", "occurred_at": T - DAY, "scope": "operator"}
            ],
            "player_blocked": [
                {"player_id": n, "occurred_at": before, "reason": "kyc", "until_at": until}
                for n, until in (("blocked", None), ("unblocked", None), ("lapsed", T - DAY))
            ],
            "player_unblocked": [{"player_id": "unblocked", "occurred_at": T - DAY}],
            "player_closed": [{"player_id": "closed", "occurred_at": before}],
        }
    )  # fmt: skip

    assert _population(connection) == {"returned", "unblocked", "lapsed", "not known", "free"}


def _world(players: int, days: int) -> dict[str, list[dict[str, Any]]]:
    start = datetime(2025, 1, 1, tzinfo=UTC)
    return {
        "bet_placed": [
            {"player_id": f"p{p}", "occurred_at": start + timedelta(days=d, hours=5)}
            for p in range(players)
            for d in range(p % 5, days, 3 + p % 9)
        ]
    }


@pytest.fixture
def quick() -> ModelCard:
    card = card_named("churn_30d")
    return replace(card, split=replace(card.split, warmup_days=30, test_days=21))


def test_no_player_and_no_instant_of_the_test_was_seen_in_training(
    warehouse_of: Make, quick: ModelCard
) -> None:
    spine = labelled_spine(warehouse_of(_world(120, 160)), quick)
    test = spine.filter(pc.field("role") == "test")
    rest = spine.filter(pc.field("role") != "test")

    assert test.num_rows > 50
    assert rest.num_rows > 50
    assert not set(test["player_id"].to_pylist()) & set(rest["player_id"].to_pylist())
    assert pc.max(rest["as_of"]).as_py() + 30 * DAY < pc.min(test["as_of"]).as_py()


def test_rows_are_unique_and_a_budget_drops_the_same_rows_every_time(
    warehouse_of: Make, quick: ModelCard
) -> None:
    tight = replace(quick, split=replace(quick.split, rows={"train": 40, "test": 30}))
    world = _world(120, 160)
    spine = labelled_spine(warehouse_of(world), tight)
    pairs = set(zip(spine["player_id"].to_pylist(), spine["as_of"].to_pylist(), strict=True))

    assert spine["role"].value_counts().to_pylist() == [
        {"values": "train", "counts": 40}, {"values": "test", "counts": 30}
    ]  # fmt: skip
    assert len(pairs) == 70
    assert spine.equals(labelled_spine(warehouse_of(world), tight))


def test_an_empty_warehouse_says_what_to_do_first(warehouse_of: Make) -> None:
    with pytest.raises(NotReadyError, match="evenhand land"):
        labelled_spine(warehouse_of({}), card_named("churn_30d"))
