"""Money in against money out. Way: deposits and withdrawals -> here -> value, fraud."""

from features.conditions import of
from features.measures import (
    DAY,
    LIFE,
    MONTH,
    QUARTER,
    WEEK,
    Count,
    Difference,
    Ratio,
    SinceLast,
    Sum,
    Words,
)  # fmt: skip
from features.spec import FeatureView

IN = Sum("amount_base_minor", where=of("deposit_approved"))
OUT = Sum("amount_base_minor", where=of("withdrawal_requested"))

CASH = FeatureView(
    name="cash",
    source=("deposit_approved", "withdrawal_requested"),
    noun="cash",
    subject="deposits and withdrawal requests",
    category="deposit_behaviour",
    indicator="customer_spend",
    owner="player-value",
    why="What stays in the house is value; money straight through it is a fraud signal.",
    windows=(WEEK, MONTH, QUARTER, LIFE),
    measures=(
        Count(label="out", where=of("withdrawal_requested"), windows=(DAY,),
              phrase="Withdrawals asked for"),
        SinceLast(label="out_s", where=of("withdrawal_requested"), windows=(LIFE,),
                  phrase="Time since the last withdrawal was asked for"),
    ),
    derived=(
        Difference(label="minor_net", left=IN, right=OUT, unit="money",
                   phrase="Deposits less withdrawals asked for",
                   words=Words(negative="Withdrawals asked for less deposits")),
        Ratio(label="out_ratio", over=OUT, under=IN, windows=(DAY, WEEK, MONTH, LIFE),
              unit="share", phrase="Withdrawals asked for as a share of deposits",
              words=Words("no deposits")),
    ),
)  # fmt: skip
