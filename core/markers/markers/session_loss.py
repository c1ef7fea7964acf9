"""How much a player loses in the visit that runs, beside what he usually loses."""

from statistics import median_low

from core.markers.marker import Marker, Values, floor
from core.markers.scene import Scene, amount_text, ratio

NAME = "M-SESSLOSS"
LEAST_VISITS = 5


def _values(scene: Scene) -> Values:
    visit = scene.visit
    if visit is None or visit.loss <= 0:
        return {}
    found: Values = {"loss": amount_text(scene, visit.loss)}
    usual = [one.loss for one in scene.visits[:-1] if one.loss > 0]
    if len(usual) >= LEAST_VISITS:
        found["loss_ratio"] = ratio(visit.loss, median_low(usual))
    return found


SESSION_LOSS = Marker(
    name=NAME,
    title="Heavy loss in a visit",
    says="Stakes less wins of the visit that runs, and how many times the median loss of his "
    "losing visits before (five at least).",
    indicator="customer_spend",
    gives={
        "loss": "whole currency lost in the visit",
        "loss_ratio": "the same / the median of losing visits before",
    },
    values=_values,
    floors=(floor(NAME, "loss_ratio", "5"),),
    strong=(floor(NAME, "loss_ratio", "20"),),
)
