"""How fast and from how many sources money comes in. Way: deposit decisions -> here -> fraud."""

from features.conditions import of
from features.measures import DAY, HOUR, MONTH, WEEK, Count, Distinct, Ratio, Sum, Words
from features.spec import FeatureView

DEPOSIT_VELOCITY = FeatureView(
    name="deposit_velocity",
    source=("deposit_approved", "deposit_declined"),
    noun="payment",
    subject="deposit attempts",
    category="fraud_signals",
    indicator="patterns_of_spend",
    owner="fraud",
    why="Stolen cards are tried fast, in many instruments, from new devices.",
    windows=(HOUR, DAY, WEEK),
    measures=(
        Count(),
        Sum("amount_base_minor", where=of("deposit_approved"), windows=(HOUR, DAY),
            phrase="Deposited amount"),
        Count(label="declined", where=of("deposit_declined"), windows=(HOUR,),
              phrase="Declined deposits"),
        Distinct("instrument_id", lanes=2, windows=(DAY, WEEK, MONTH),
                 phrase="Payment instruments used"),
        Distinct("device_id", lanes=2, windows=(WEEK, MONTH), phrase="Devices used to pay"),
        Distinct("vendor_id", lanes=2, windows=(MONTH,), phrase="Payment providers used"),
    ),
    derived=(
        Ratio(label="declined_share", over=Count(where=of("deposit_declined")), under=Count(),
              unit="share", windows=(DAY, WEEK), phrase="Share of deposit attempts declined"),
        Ratio(label="per_instrument", over=Count(), under=Distinct("instrument_id", lanes=2),
              unit="number", windows=(WEEK,), phrase="Deposit attempts per payment instrument",
              words=Words("no deposit attempts with a payment instrument")),
    ),
)  # fmt: skip
