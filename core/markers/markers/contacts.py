"""Complaints, requests for bonuses, and cries for help."""

from core.markers.marker import Marker, Values, floor
from core.markers.scene import Scene

NAME = "M-COMM"
TOPICS = frozenset({"complaint", "bonus", "responsible_gambling"})


def _values(scene: Scene) -> Values:
    found = [one.about for one in scene.since(30, "contact") if one.about in TOPICS]
    if not found:
        return {}
    return {"count": len(found), "distress": found.count("responsible_gambling")}


CONTACTS = Marker(
    name=NAME,
    title="What the player says",
    says="Contacts in 30 days that complain, ask for a bonus or speak of the player's gambling.",
    indicator="customer_led_contact",
    gives={"count": "such contacts in 30 days", "distress": "of them about his gambling"},
    values=_values,
    floors=(floor(NAME, "count", "3"), floor(NAME, "distress", "1")),
    strong=(floor(NAME, "distress", "2"),),
    mark="S",
    source=("MT4",),
)
