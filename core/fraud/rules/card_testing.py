"""Deposits refused again and again, over several instruments."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import exact_us
from core.fraud.rule import Evidence, Figure, Parameters, Rule, Scene, ids


class CardTesting(Parameters, frozen=True, kw_only=True):
    """So many refusals over so many instruments within a term."""

    declined: int = 5
    instruments: int = 2
    within: str = "PT10M"


def _look(scene: Scene, asked: CardTesting) -> Iterable[Evidence]:
    now, span = scene.deed.at_us, exact_us(asked.within)
    found = scene.window.within("declined", now - span, now)
    used = {one.instrument for one in found if one.instrument}
    if len(found) < asked.declined or len(used) < asked.instruments:
        return
    yield Evidence(
        since_us=found[0].at_us, until_us=now,
        said=f"{len(found)} deposits over {len(used)} instruments were refused in {asked.within}.",
        figures=(
            Figure("declined", str(len(found)), str(asked.declined)),
            Figure("instruments", str(len(used)), str(asked.instruments)),
        ),
        facts=ids(found), again_us=span,
    )  # fmt: skip


CARD_TESTING = Rule(
    id="F-CARD",
    title="Cards are tried out",
    why="Who has many cards and is refused with most has found or stolen them.",
    source="T-MULTI; New Jersey's row NJ3 counts 5 failures in 10 minutes",
    parameters=CardTesting,
    asked_at=frozenset({"declined"}),
    look=_look,
)
