"""Many ways to pay in."""

from core.markers.marker import Marker, Values, floor
from core.markers.scene import Scene

NAME = "M-PAYM"


def _values(scene: Scene) -> Values:
    used = {one.about for one in scene.since(30, "deposit") if one.about}
    before = {one.about for one in scene.since(63, "deposit", until_days=30) if one.about}
    return {"count": len(used), "new": len(used - before)} if used else {}


PAYMENT_INSTRUMENTS = Marker(
    name=NAME,
    title="Many payment instruments",
    says="Distinct instruments paid in with in 30 days, and those not used in the 33 days before.",
    indicator="account_indicators",
    gives={"count": "instruments in 30 days", "new": "of them not used before"},
    values=_values,
    floors=(floor(NAME, "count", "3"),),
    mark="S",
    source=("MT4", "M1"),
)
