"""Which feature views each kind of model may read. Way: features/views -> here -> cards.

Money models read no view of markers of harm: what shows that a player suffers must never raise
what he is thought to be worth (a test holds this). Fraud reads identities and payments. Harm reads
play, money, time, tools and contact, but no identities and no campaigns.
"""

PLAYER_VALUE_VIEWS = (
    "account", "activity", "bets", "bonus_stakes", "bonuses", "campaigns", "cash",
    "deposit_attempts", "deposits", "games", "results", "sessions", "tickets",
)  # fmt: skip
FRAUD_VIEWS = (
    "account", "activity", "bonus_stakes", "bonuses", "cash", "deposit_attempts",
    "deposit_velocity", "deposits", "kyc", "logins", "shared_device", "shared_instrument",
    "shared_ip", "withdrawals",
)  # fmt: skip
HARM_VIEWS = (
    "account", "activity", "bets", "bonuses", "cash", "deposit_attempts", "deposits",
    "exclusion_enquiries", "exclusions", "games", "limits", "reality_checks", "results",
    "session_harm", "sessions", "tickets", "withdrawals",
)  # fmt: skip
