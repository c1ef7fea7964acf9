"""Stakes that rise while the player loses, and deposits when nothing is left."""

from core.markers.deeds import Deed
from core.markers.marker import Marker, Values, floor
from core.markers.scene import Scene, ratio
from core.markers.visits import MINUTE_US, Visit

NAME = "M-CHASE-IN"
LEAST_STAKES = 18
SOON_US = 10 * MINUTE_US


def _while_losing(visit: Visit) -> list[int]:
    """Return the stakes placed while more had been staked than won in the visit."""
    loss, found = 0, list[int]()
    for one in visit.deeds:
        if one.kind == "stake":
            found += [one.amount] if loss > 0 else []
            loss += one.amount
        elif one.kind == "win":
            loss -= one.amount
    return found


def _after_nothing(deeds: tuple[Deed, ...]) -> int:
    """Count deposits within ten minutes of a balance below the stake before it."""
    empty_us, stake, found = None, 0, 0
    for one in deeds:
        stake = one.amount if one.kind == "stake" else stake
        if one.balance is not None:
            empty_us = one.at_us if one.balance < stake else None
        if one.kind == "deposit":
            found += empty_us is not None and one.at_us - empty_us <= SOON_US
            empty_us = None
    return found


def _values(scene: Scene) -> Values:
    visit = scene.visit
    if visit is None:
        return {}
    found: Values = {}
    if refilled := _after_nothing(visit.deeds):
        found["refills"] = refilled
    stakes = _while_losing(visit)
    if len(stakes) >= LEAST_STAKES and sum(stakes[: len(stakes) // 3]) > 0:
        third = len(stakes) // 3
        found["raise"] = ratio(sum(stakes[-third:]), sum(stakes[:third]))
    return found


CHASING_WITHIN = Marker(
    name=NAME,
    title="Chasing losses within a visit",
    says="The last third of the stakes placed while losing beside the first third (18 stakes at "
    "least), and deposits within ten minutes of a balance below the last stake.",
    indicator="behaviour_indicators",
    gives={
        "raise": "sum of the last third of stakes while losing / of the first third",
        "refills": "deposits within ten minutes of having nothing left, in the visit",
    },
    values=_values,
    floors=(floor(NAME, "raise", "1.5"), floor(NAME, "refills", "1")),
    strong=(floor(NAME, "refills", "4"),),
    mark="S",
    source=("M5", "M6", "NJ11"),
)
