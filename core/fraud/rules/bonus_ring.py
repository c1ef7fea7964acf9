"""One bonus claimed by linked players."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import exact_us
from core.fraud.rule import Evidence, Figure, Parameters, Rule, Scene, ids


class BonusRing(Parameters, frozen=True, kw_only=True):
    """So many claims of one bonus within a term, by players linked by so much (thousandths)."""

    claims: int = 3
    weight: int = 400
    within: str = "P14D"


def _look(scene: Scene, asked: BonusRing) -> Iterable[Evidence]:
    now, span = scene.deed.at_us, exact_us(asked.within)
    if not scene.graph.is_linked(scene.deed.player):
        return
    ring = scene.graph.ring(scene.deed.player, asked.weight)
    claims = [
        one
        for player in sorted(ring)
        if player in scene.windows
        for one in scene.windows[player].within("bonus", now - span, now)
        if one.what == scene.deed.what
    ]
    players = sorted({one.player for one in claims})
    if len(players) < asked.claims:
        return
    yield Evidence(
        since_us=min(one.at_us for one in claims), until_us=now,
        said=f"{len(players)} linked players claimed {scene.deed.what} within {asked.within}.",
        figures=(Figure("claims", str(len(players)), str(asked.claims)),), facts=ids(claims),
        others=tuple(name for name in players if name != scene.deed.player),
        links=tuple(one for one in scene.links() if one.player in players), key=scene.deed.what,
        again_us=span,
    )  # fmt: skip


BONUS_RING = Rule(
    id="F-BONUS-RING",
    title="A bonus claimed by a ring",
    why="A bonus is for a person once; a ring claims it as often as it has accounts.",
    source="T-BONUS/ATO/mule",
    parameters=BonusRing,
    asked_at=frozenset({"bonus"}),
    look=_look,
)
