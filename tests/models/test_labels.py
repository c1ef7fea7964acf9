from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pytest

from models.labels import NEVER_DAYS, select_baseline, select_label
from models.spec import Baseline, ModelCard, Term, card_named

Make = Callable[[dict[str, list[dict[str, Any]]]], duckdb.DuckDBPyConnection]
T = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MICRO = timedelta(microseconds=1)


def _label(
    connection: duckdb.DuckDBPyConnection, card: ModelCard, known_by: datetime = T + 400 * DAY
) -> float:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE asked AS SELECT 'p' AS player_id, "
        f"TIMESTAMP '{T}' AS as_of, TIMESTAMP '{known_by}' AS known_by"
    )
    ((*_, label),) = connection.sql(select_label(connection, card, "asked")).fetchall()
    return float(label)


@pytest.mark.parametrize(
    ("at", "silent"),
    [
        (T, 1.0),  # at the cut-off: past, the features have it
        (T + MICRO, 0.0),
        (T + 30 * DAY, 0.0),  # the last instant of the horizon
        (T + 30 * DAY + MICRO, 1.0),
    ],
)
def test_churn_looks_from_just_after_the_cutoff_to_the_end_of_the_horizon(
    warehouse_of: Make, at: datetime, silent: float
) -> None:
    connection = warehouse_of({"bet_placed": [{"player_id": "p", "occurred_at": at}]})

    assert _label(connection, card_named("churn_30d")) == silent


def test_a_fact_known_too_late_does_not_enter_a_training_label(warehouse_of: Make) -> None:
    late = {"player_id": "p", "occurred_at": T + 5 * DAY, "recorded_at": T + 50 * DAY}
    connection = warehouse_of({"bet_placed": [late]})

    assert _label(connection, card_named("churn_30d"), known_by=T + 40 * DAY) == 1.0
    assert _label(connection, card_named("churn_30d"), known_by=T + 51 * DAY) == 0.0


def test_another_players_bet_is_not_this_players_life(warehouse_of: Make) -> None:
    bet = {"player_id": "q", "occurred_at": T + DAY}
    connection = warehouse_of({"bet_placed": [bet]})

    assert _label(connection, card_named("churn_30d")) == 1.0


def test_a_chargeback_counts_when_its_deposit_was_made(warehouse_of: Make) -> None:
    def world(deposited: datetime) -> duckdb.DuckDBPyConnection:
        back = {"player_id": "p", "payment_id": "d1", "occurred_at": T + 40 * DAY}
        paid = {"player_id": "p", "payment_id": "d1", "occurred_at": deposited}
        return warehouse_of({"deposit_approved": [paid], "deposit_charged_back": [back]})

    fraud = card_named("fraud_72h")

    assert _label(world(T + 2 * DAY), fraud) == 1.0
    assert _label(world(T + 4 * DAY), fraud) == 0.0
    assert _label(world(T - DAY), fraud) == 0.0
    assert _label(world(T + 2 * DAY), fraud, known_by=T + 30 * DAY) == 0.0


def test_a_block_for_another_reason_is_not_fraud(warehouse_of: Make) -> None:
    block = {"player_id": "p", "occurred_at": T + DAY, "reason": "kyc"}
    connection = warehouse_of({"player_blocked": [block]})

    assert _label(connection, card_named("fraud_72h")) == 0.0


@pytest.mark.parametrize(("now", "harm"), [(500, 1.0), (501, 0.0), (None, 0.0)])
def test_only_a_cut_to_half_or_less_is_a_strong_cut(
    warehouse_of: Make, now: int | None, harm: float
) -> None:
    cut = {"player_id": "p", "occurred_at": T + DAY, "change": "decrease",
           "amount_minor": now, "previous_minor": 1000}  # fmt: skip
    connection = warehouse_of({"limit_set": [cut]})

    assert _label(connection, card_named("harm_90d")) == harm


def test_net_revenue_is_cash_in_less_cash_out_in_base_currency(warehouse_of: Make) -> None:
    when = {"player_id": "p", "occurred_at": T + DAY}
    connection = warehouse_of(
        {
            "bet_placed": [
                when | {"wager_minor": 1000, "amount_minor": 1500, "bonus_wager_minor": 500},
                when | {"wager_minor": 1000, "exchange_rate_e6": 100_000},
            ],
            "bet_won": [when | {"wager_minor": 300}],
            "bet_rolled_back": [when | {"wager_minor": 50}],
            "bonus_completed": [when | {"turned_real_minor": 200}],
            "deposit_charged_back": [when | {"amount_minor": 2000}],
        }
    )

    assert _label(connection, card_named("ltv_180d")) == 1000 + 100 - 300 - 50 - 200 - 2000


def test_labels_equal_a_count_by_hand_on_random_facts(warehouse_of: Make) -> None:
    rng = np.random.default_rng(5)
    rows: list[dict[str, Any]] = []
    for player in range(40):
        for _ in range(int(rng.integers(0, 6))):
            at = T + timedelta(hours=int(rng.integers(-2000, 2000)))
            known = at + timedelta(hours=int(rng.integers(0, 900)))
            rows.append({"player_id": f"p{player}", "occurred_at": at, "recorded_at": known,
                         "wager_minor": int(rng.integers(1, 999))})  # fmt: skip
    connection = warehouse_of({"bet_placed": rows})
    known_by = T + 60 * DAY
    connection.execute(
        f"CREATE TEMP TABLE asked AS SELECT 'p' || range AS player_id, TIMESTAMP '{T}' AS as_of, "
        f"TIMESTAMP '{known_by}' AS known_by FROM range(40)"
    )
    stake = replace(
        card_named("ltv_180d"),
        label=replace(card_named("ltv_180d").label,
                      terms=(Term("bet_placed", column="wager_base_minor"),)),
        horizon_days=45,
    )  # fmt: skip

    found = dict(
        connection.sql(
            f"SELECT player_id, label FROM ({select_label(connection, stake, 'asked')})"
        ).fetchall()
    )

    assert found == {
        f"p{player}": sum(
            r["wager_minor"]
            for r in rows
            if r["player_id"] == f"p{player}"
            and T < r["occurred_at"] <= T + 45 * DAY
            and r["recorded_at"] <= known_by
        )
        for player in range(40)
    }


def test_a_baseline_sees_only_what_was_known_at_the_cutoff(warehouse_of: Make) -> None:
    known = {"player_id": "p", "occurred_at": T - 9 * DAY}
    unknown = {"player_id": "p", "occurred_at": T - 2 * DAY, "recorded_at": T + DAY}
    later = {"player_id": "p", "occurred_at": T + DAY}
    connection = warehouse_of({"bet_placed": [known, unknown, later]})
    connection.execute(
        f"CREATE TEMP TABLE asked AS SELECT unnest(['p', 'nobody']) AS player_id, "
        f"TIMESTAMP '{T}' AS as_of"
    )
    recency = Baseline("recency", "since_last", (Term("bet_placed"),))

    found = connection.sql(
        f"SELECT player_id, baseline FROM ({select_baseline(connection, recency, 'asked')}) "
        "ORDER BY player_id"
    ).fetchall()

    assert found == [("nobody", NEVER_DAYS), ("p", 10.0)]
