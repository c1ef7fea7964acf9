"""Deposits tried, declined and left. Way: deposit decisions -> here -> harm, fraud."""

from features.conditions import of
from features.measures import DAY, LIFE, MONTH, WEEK, By, Count, Ratio, SinceLast, Where
from features.spec import FeatureView

DECLINED = of("deposit_declined")
NO_FUNDS = (*DECLINED, Where("decline_code", ("insufficient_funds",)))
CODES = By(
    "decline_code",
    ("insufficient_funds", "issuer", "limit", "fraud_rule", "technical"),
    said=(
        "for lack of funds",
        "by the issuer",
        "by a limit",
        "by a fraud rule",
        "for a technical fault",
    ),
)

DEPOSIT_ATTEMPTS = FeatureView(
    name="deposit_attempts",
    source=("deposit_approved", "deposit_declined", "deposit_cancelled"),
    noun="deposit_attempt",
    subject="decided deposit attempts",
    category="deposit_behaviour",
    indicator="patterns_of_spend",
    owner="player-safety",
    why="Declines for lack of funds are a marker of harm; declines by issuers one of fraud.",
    windows=(DAY, WEEK, MONTH),
    measures=(
        Count(label="declined", where=DECLINED, phrase="Declined deposits"),
        Count(label="declined", by=CODES, windows=(MONTH, LIFE),
              phrase="Deposits declined {}"),
        Count(label="cancelled", where=of("deposit_cancelled"), windows=(MONTH,),
              phrase="Deposits left before they were decided"),
        SinceLast(label="declined_s", where=DECLINED, windows=(LIFE,),
                  phrase="Time since the last declined deposit"),
    ),
    derived=(
        Ratio(label="declined_share", over=Count(where=DECLINED), under=Count(), unit="share",
              windows=(WEEK, MONTH, LIFE), phrase="Share of deposit attempts declined"),
        Ratio(label="no_funds_share", over=Count(where=NO_FUNDS), under=Count(), unit="share",
              windows=(MONTH,), phrase="Share of deposit attempts declined for lack of funds"),
    ),
)  # fmt: skip
