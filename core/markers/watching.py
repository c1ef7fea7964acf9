"""Which markers a player has met. Way: deeds -> past -> markers -> here -> the compliance desk.

A marker is met where a figure reaches a bound of its own or one a pack has an intervention for. It
is said once a local day for each bound: what is met again tomorrow is said again. Three markers on
one day that call for something by themselves are a strong sign together (ours, mark D).

What is said bears a derived id (marker, day, bounds), so that saying it again does nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from core.compliance.markers import is_met
from core.compliance.pack import Pack
from core.compliance.parts import Predicate
from core.compliance.requests.protection import MarkerMet
from core.markers.deeds import Deed
from core.markers.marker import Marker, Values, known_markers
from core.markers.past import Past
from core.markers.scene import Scene, scene_of

TOGETHER = 3
STRONG, TOGETHER_STRONG = "strong", "together"


@dataclass(slots=True)
class Watch:
    """Players' pasts in memory, under the packs in use."""

    packs: Mapping[str, Pack]
    pasts: dict[str, Past] = field(default_factory=dict)
    _said: dict[tuple[str, str], tuple[date, frozenset[str]]] = field(default_factory=dict)

    def take(self, one: Deed) -> bool:
        """Take a deed in; say whether it has changed anything."""
        past = self.pasts.get(one.player)
        if past is None:
            past = self.pasts[one.player] = Past(one.player)
        return past.add(one)

    def look(self, player: str, known_us: int) -> Iterator[MarkerMet]:
        """Yield the markers a player has newly met, as known at an instant."""
        past = self.pasts.get(player)
        pack = None if past is None else self.packs.get(past.jurisdiction)
        if past is None or pack is None or not past.deeds:
            return
        scene = scene_of(past, pack.zone)
        day = pack.zone.day(scene.now_us)
        for marker, values, bounds in met_of(scene, pack):
            fresh = self._fresh(player, marker, day, bounds)
            if fresh:
                yield _met(marker, values, (day, fresh), known_us)

    def _fresh(
        self, player: str, marker: Marker, day: date, bounds: frozenset[str]
    ) -> frozenset[str]:
        """Return the bounds not said today; the third marker of a day makes a strong sign."""
        last, said = self._said.get((player, marker.name), (day, frozenset[str]()))
        said = said if last == day else frozenset()
        if bounds <= said:
            return frozenset()
        self._said[player, marker.name] = day, said | bounds
        together = self._of_day(player, day)
        return bounds | {TOGETHER_STRONG} if together == TOGETHER and not said else bounds

    def _of_day(self, player: str, day: date) -> int:
        keys = ((player, name) for name in known_markers())
        return sum(key in self._said and self._said[key][0] == day for key in keys)


def met_of(scene: Scene, pack: Pack) -> Iterator[tuple[Marker, Values, frozenset[str]]]:
    """Yield markers that are met with their figures and the ids of the bounds they reach."""
    for marker in known_markers().values():
        values = marker.values(scene)
        if not values:
            continue
        own = [f"{one.value}>={one.than}" for one in marker.floors if _reaches(one, values)]
        own += [STRONG for one in marker.strong if _reaches(one, values)]
        steps = [
            one.id for one in pack.interventions
            if one.when.marker == marker.name and one.when.value and _reaches(one.when, values)
        ]  # fmt: skip
        if own or steps:
            yield marker, values, frozenset((*own, *steps))


def _reaches(bound: Predicate, values: Values) -> bool:
    """Say whether a figure reaches a bound; one that was not given does not."""
    if bound.value not in values:
        return False
    return is_met(bound, MarkerMet(at_us=0, marker=bound.marker, values=dict(values)))


def _met(
    marker: Marker, values: Values, said: tuple[date, frozenset[str]], known_us: int
) -> MarkerMet:
    day, bounds = said
    return MarkerMet(
        at_us=known_us, request_id=f"marker/{marker.name}/{day}/{'+'.join(sorted(bounds))}",
        marker=marker.name, is_strong=bool(bounds & {STRONG, TOGETHER_STRONG}),
        values=dict(values),
    )  # fmt: skip
