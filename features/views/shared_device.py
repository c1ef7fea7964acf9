"""Players who share a device. Way: device, login and payment facts -> here -> fraud."""

from features.spec import SharedIdentityView

SHARED_DEVICE = SharedIdentityView(
    name="shared_device",
    links=(
        ("device_seen", "device_id"),
        ("player_logged_in", "device_id"),
        ("player_registered", "device_id"),
        ("session_started", "device_id"),
        ("deposit_approved", "device_id"),
    ),
    noun="device",
    subject="devices",
    category="fraud_signals",
    indicator="account_indicators",
    owner="fraud",
    why="Rings and bonus hunters open many accounts from few devices.",
)
