"""Money a player paid in. Way: deposit_approved -> here -> every model."""

from features.measures import (
    DAY,
    LIFE,
    MONTH,
    QUARTER,
    WEEK,
    Count,
    Distinct,
    First,
    Gap,
    Last,
    Max,
    Ratio,
    Silence,
    SinceFirst,
    SinceLast,
    Sum,
    Trend,
)  # fmt: skip
from features.spec import FeatureView

AMOUNT = "amount_base_minor"

DEPOSITS = FeatureView(
    name="deposits",
    source="deposit_approved",
    noun="deposit",
    subject="deposits",
    category="deposit_behaviour",
    indicator="customer_spend",
    owner="player-value",
    why="Deposits are the first sign of value and, when they speed up, the first sign of harm.",
    windows=(DAY, WEEK, MONTH, QUARTER, LIFE),
    measures=(
        Count(),
        Sum(AMOUNT),
        Max(AMOUNT, windows=(MONTH, LIFE)),
        First(AMOUNT, windows=(LIFE,)),
        Last(AMOUNT, windows=(LIFE,)),
        SinceFirst(windows=(LIFE,)),
        SinceLast(windows=(LIFE,)),
        Distinct("method", lanes=2, windows=(MONTH, LIFE)),
    ),
    derived=(
        Ratio(label="minor_mean", over=Sum(AMOUNT), under=Count(), unit="money",
              windows=(MONTH, LIFE), phrase="Average deposit"),
        Trend(label="minor_trend", measure=Sum(AMOUNT), short=WEEK, long=QUARTER,
              phrase="Deposit amount per day, last 7 days against last 90"),
        Gap(label="gap_s", windows=(LIFE,), phrase="Mean time between deposits"),
        Silence(label="silence", windows=(LIFE,),
                phrase="Time since the last deposit against the player's own mean gap"),
    ),
)  # fmt: skip
