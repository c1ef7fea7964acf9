"""Accounts opened one after the other from one place."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import exact_us
from core.fraud.rule import Evidence, Figure, Parameters, Rule, Scene


class Openings(Parameters, frozen=True, kw_only=True):
    """So many accounts opened on one device within a term."""

    accounts: int = 3
    within: str = "PT24H"


def _look(scene: Scene, asked: Openings) -> Iterable[Evidence]:
    if scene.deed.device is None:
        return
    now, span = scene.deed.at_us, exact_us(asked.within)
    links = [
        one for one in scene.links() if one.kind == "device" and one.token == scene.deed.device
    ]
    opened = {one.player: scene.windows[one.player].opened_us for one in links}
    near = sorted(name for name, at in opened.items() if at is not None and abs(now - at) < span)
    if len(near) + 1 < asked.accounts:
        return
    yield Evidence(
        since_us=min(opened[name] or now for name in near), until_us=now,
        said=f"{len(near) + 1} accounts were opened on one device within {asked.within}.",
        figures=(Figure("accounts", str(len(near) + 1), str(asked.accounts)),),
        facts=(scene.deed.id,), others=tuple(near),
        links=tuple(one for one in links if one.player in near), key=scene.deed.device,
        again_us=span,
    )  # fmt: skip


OPENINGS = Rule(
    id="F-OPEN",
    title="Accounts opened in a row",
    why="One device that opens account after account opens them for one purpose.",
    source="ours",
    parameters=Openings,
    asked_at=frozenset({"opened"}),
    look=_look,
)
