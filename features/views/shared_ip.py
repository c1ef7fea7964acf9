"""Players who share an address. Way: device and login facts -> here -> fraud."""

from features.spec import SharedIdentityView

SHARED_IP = SharedIdentityView(
    name="shared_ip",
    links=(
        ("device_seen", "ip"),
        ("player_logged_in", "ip"),
        ("player_registered", "ip"),
        ("session_started", "ip"),
    ),
    noun="ip",
    subject="internet addresses",
    category="fraud_signals",
    indicator="account_indicators",
    owner="fraud",
    why="A household shares an address too, so this signal is weak alone and strong in company.",
)
