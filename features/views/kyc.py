"""How well the player is known. Way: kyc facts -> here -> fraud, affordability."""

from features.conditions import of
from features.measures import LIFE, MONTH, Count, Last, SinceLast, Where, Words
from features.spec import FeatureView

CHECKED = of("document_checked")

KYC = FeatureView(
    name="kyc",
    source=("document_received", "document_checked", "player_verified",
            "source_of_funds_declared"),
    noun="kyc",
    subject="identity checks",
    category="fraud_signals",
    indicator="account_indicators",
    owner="fraud",
    why="Rejected papers and money before verification are signs of fraud.",
    windows=(LIFE,),
    measures=(
        Count(label="received", where=of("document_received"), phrase="Documents received"),
        Count(label="accepted", where=(*CHECKED, Where("result", ("accepted",))),
              phrase="Documents accepted"),
        Count(label="rejected", where=(*CHECKED, Where("result", ("rejected",))),
              windows=(MONTH, LIFE), phrase="Documents rejected"),
        Count(label="verified_full", where=(*of("player_verified"), Where("level", ("full",))),
              phrase="Full verifications"),
        SinceLast(label="verified_s", where=of("player_verified"),
                  phrase="Time since the last verification"),
        Last("annual_income_base_minor", label="income_minor", phrase="Yearly income declared",
             words=Words("none declared")),
    ),
)  # fmt: skip
