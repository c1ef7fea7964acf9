"""Where several players' money goes to."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import DAY_US
from core.fraud.rule import Evidence, Figure, Parameters, Rule, Scene

AGAIN_US = 30 * DAY_US


class Mule(Parameters, frozen=True, kw_only=True):
    """A payee of so many players."""

    players: int = 3


def _look(scene: Scene, asked: Mule) -> Iterable[Evidence]:
    deed = scene.deed
    if not deed.instrument:
        return
    links = [one for one in scene.links() if (one.kind, one.token) == ("payee", deed.instrument)]
    others = tuple(sorted(one.player for one in links))
    is_hub = ("payee", deed.instrument) in scene.graph.hubs(deed.player)
    if len(others) + 1 < asked.players and not is_hub:
        return
    count = "more than can be named" if is_hub else str(len(others) + 1)
    yield Evidence(
        since_us=deed.at_us, until_us=deed.at_us,
        said=f"The payee of this payout is that of {count} players.",
        figures=(Figure("players", count, str(asked.players)),), facts=(deed.id,), others=others,
        links=tuple(links), key=deed.instrument, again_us=AGAIN_US,
    )  # fmt: skip


MULE = Rule(
    id="F-MULE",
    title="One payee of many",
    why="Money of many accounts that meets at one payee has one owner.",
    source="T-BONUS/ATO/mule: graph degree; T-3P",
    parameters=Mule,
    asked_at=frozenset({"withdrawal", "paid"}),
    look=_look,
)
