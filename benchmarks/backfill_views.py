"""The aggregates a backfill is measured with. Way: features.spec -> here -> backfill."""

from __future__ import annotations

from features.measures import (
    DAY,
    HOUR,
    LIFE,
    MONTH,
    WEEK,
    Count,
    Distinct,
    Max,
    Measure,
    Sum,
    SumOfSquares,
    Where,
)  # fmt: skip
from features.spec import FeatureView

STAKE = "amount_base_minor"
BET, DEPOSIT = (Where("fact", ("bet_placed",)),), (Where("fact", ("deposit_approved",)),)
TURNOVER: tuple[Measure, ...] = (
    Count(label="bet", where=BET),
    Sum(STAKE, label="bet", where=BET),
    Sum(STAKE, label="deposit", where=DEPOSIT),
)


def _view(name: str, measures: tuple[Measure, ...]) -> FeatureView:
    return FeatureView(
        name=name,
        source=("bet_placed", "deposit_approved"),
        noun=name,
        subject="bets and deposits",
        measures=measures,
        windows=(HOUR, DAY, WEEK, MONTH, LIFE),
        category="game_preferences",
        indicator="patterns_of_spend",
        owner="benchmark",
        why="What a backfill costs.",
    )


SUMS = _view(
    "sums",
    (*TURNOVER, Count(label="deposit", where=DEPOSIT), SumOfSquares(STAKE, where=BET)),
)
"""Five sums and counts in five windows."""

EVERY_KIND = _view("every_kind", (*TURNOVER, Max(STAKE, where=BET), Distinct("game_id")))
"""Three sums and counts, a maximum and a distinct count in five windows."""
