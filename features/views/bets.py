"""How much and how often a player stakes. Way: bet_placed -> here -> every model."""

from features.measures import (
    DAY,
    LIFE,
    MONTH,
    QUARTER,
    WEEK,
    Count,
    Distinct,
    Max,
    Ratio,
    SinceLast,
    Std,
    Sum,
    Trend,
)  # fmt: skip
from features.spec import FeatureView

STAKE = "amount_base_minor"

BETS = FeatureView(
    name="bets",
    source="bet_placed",
    noun="bet",
    subject="bets",
    category="game_preferences",
    indicator="patterns_of_spend",
    owner="player-value",
    why="Stakes carry value; their size, spread and number of days carry over half of what "
    "studies can say about harm.",
    windows=(DAY, WEEK, MONTH, QUARTER, LIFE),
    measures=(
        Count(),
        Sum(STAKE, phrase="Staked"),
        Max(STAKE, windows=(MONTH, LIFE)),
        SinceLast(windows=(LIFE,)),
        Distinct("utc_day", lanes=2, windows=(WEEK, MONTH, QUARTER), phrase="Days with a bet"),
        Distinct("utc_hour", windows=(MONTH,), phrase="Hours of the day with a bet"),
    ),
    derived=(
        Ratio(label="minor_mean", over=Sum(STAKE), under=Count(), unit="money",
              windows=(MONTH, LIFE), phrase="Average bet"),
        Std(label="minor_std", column=STAKE, unit="money", windows=(MONTH, QUARTER),
            phrase="Spread of stakes"),
        Ratio(label="per_day", over=Count(), under=Distinct("utc_day", lanes=2), unit="per_day",
              windows=(MONTH, QUARTER), phrase="Bets per day of play"),
        Trend(label="count_trend", measure=Count(), short=WEEK, long=QUARTER,
              phrase="Bets per day"),
        Trend(label="minor_trend", measure=Sum(STAKE), short=WEEK, long=QUARTER,
              phrase="Stakes per day"),
        Trend(label="minor_month_trend", measure=Sum(STAKE), short=MONTH, long=QUARTER,
              phrase="Stakes per day"),
    ),
)  # fmt: skip
