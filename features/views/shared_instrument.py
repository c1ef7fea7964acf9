"""Players who share a payment instrument. Way: payment facts -> here -> fraud, AML."""

from features.spec import SharedIdentityView

SHARED_INSTRUMENT = SharedIdentityView(
    name="shared_instrument",
    links=(
        ("deposit_approved", "instrument_id"),
        ("deposit_declined", "instrument_id"),
        ("withdrawal_requested", "instrument_id"),
    ),
    noun="instrument",
    subject="payment instruments",
    category="fraud_signals",
    indicator="account_indicators",
    owner="fraud",
    why="One card on many accounts is fraud or a mule until somebody has looked.",
)
