"""Money a player paid in. Way: deposit_approved -> here -> every model."""

from features.conditions import NIGHT_UTC
from features.measures import (
    DAY,
    LIFE,
    MONTH,
    QUARTER,
    WEEK,
    By,
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
    Std,
    Sum,
    Trend,
)  # fmt: skip
from features.spec import FeatureView

AMOUNT = "amount_base_minor"
METHODS = By(
    "method",
    ("card", "bank_transfer", "e_wallet", "prepaid", "mobile", "crypto"),
    said=("card", "bank transfer", "e-wallet", "prepaid card", "mobile phone", "crypto-currency"),
)

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
        Distinct("method", lanes=2, windows=(QUARTER, LIFE), phrase="Payment methods used"),
        Count(by=METHODS, windows=(QUARTER,), phrase="Deposits by {}"),
    ),
    derived=(
        Ratio(label="minor_mean", over=Sum(AMOUNT), under=Count(), unit="money",
              windows=(MONTH, LIFE), phrase="Average deposit"),
        Std(label="minor_std", column=AMOUNT, unit="money", windows=(QUARTER,),
            phrase="Spread of deposit amounts"),
        Ratio(label="night_share", over=Count(where=(NIGHT_UTC,)), under=Count(), unit="share",
              windows=(MONTH, QUARTER), phrase="Share of deposits made at night (0-6 h UTC)"),
        Trend(label="count_trend", measure=Count(), short=WEEK, long=QUARTER,
              phrase="Deposits per day"),
        Trend(label="minor_trend", measure=Sum(AMOUNT), short=WEEK, long=QUARTER,
              phrase="Deposited amount per day"),
        Gap(label="gap_s", windows=(QUARTER, LIFE), phrase="Mean time between deposits"),
        Silence(label="silence", windows=(LIFE,),
                phrase="Time since the last deposit against the player's usual gap"),
    ),
)  # fmt: skip
