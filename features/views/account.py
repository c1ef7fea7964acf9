"""Age and make of the account. Way: player_registered -> here -> every model."""

from features.measures import LIFE, By, Count, Last, SinceFirst, Words
from features.spec import FeatureView

CHANNELS = By(
    "channel",
    ("organic", "affiliate", "paid", "referral"),
    said=("an organic visit", "an affiliate", "paid marketing", "a referral"),
)

ACCOUNT = FeatureView(
    name="account",
    source="player_registered",
    noun="account",
    subject="registrations",
    category="account_profile",
    indicator="account_indicators",
    owner="fraud",
    why="Young accounts and young players need more care; channels bring different players.",
    windows=(LIFE,),
    measures=(
        SinceFirst(phrase="Age of the account", words=Words("not known", zero="just opened")),
        Last("birth_year", phrase="Year of birth", words=Words("not known")),
        Count(label="channel", by=CHANNELS, phrase="Came through {}",
              words=Words("not known", no="Did not come through {}")),
    ),
)  # fmt: skip
