"""Withdrawals the player took back to play on."""

from core.markers.marker import Marker, Values, floor
from core.markers.scene import Scene, amount_text, ratio

NAME = "M-CANCELWD"


def _values(scene: Scene) -> Values:
    taken_back = scene.since(10, "withdrawal_cancelled")
    if not taken_back:
        return {}
    asked = len(scene.since(10, "withdrawal_asked"))
    found: Values = {
        "count": len(taken_back), "amount": amount_text(scene, sum(o.amount for o in taken_back)),
    }  # fmt: skip
    if asked:
        found["share"] = ratio(len(taken_back), asked)
    return found


CANCELLED_WITHDRAWALS = Marker(
    name=NAME,
    title="Withdrawals taken back",
    says="Withdrawals cancelled by the player within 10 days, their sum, and their share of those "
    "asked for.",
    indicator="behaviour_indicators",
    gives={
        "count": "taken back in 10 days",
        "amount": "whole currency taken back in 10 days",
        "share": "of those asked for in 10 days",
    },
    values=_values,
    floors=(floor(NAME, "count", "3"),),
    strong=(floor(NAME, "count", "6"),),
    mark="proposed",
    source=("NJ11", "MT4", "M2"),
)
