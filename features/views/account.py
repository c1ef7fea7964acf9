"""Age and make of the account. Way: player_registered -> here -> every model."""

from features.measures import LIFE, By, Count, Last, SinceFirst
from features.spec import FeatureView

ACCOUNT = FeatureView(
    name="account",
    source="player_registered",
    noun="account",
    subject="registrations",
    category="fraud_signals",
    indicator="account_indicators",
    owner="fraud",
    why="Young accounts and young players need more care; channels bring different players.",
    windows=(LIFE,),
    measures=(
        SinceFirst(phrase="Age of the account"),
        Last("birth_year", phrase="Year of birth"),
        Count(label="channel", by=By("channel", ("organic", "affiliate", "paid", "referral")),
              phrase="Came through this channel (1 = yes)"),
    ),
)  # fmt: skip
