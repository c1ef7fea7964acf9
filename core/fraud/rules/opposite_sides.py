"""Linked players on both sides of the same rounds."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import exact_us
from core.fraud.deeds import Deed
from core.fraud.graph import linked_by
from core.fraud.rule import Evidence, Figure, Parameters, Rule, Scene, ids
from core.fraud.shared_rounds import shared_rounds, staked


class OppositeSides(Parameters, frozen=True, kw_only=True):
    """So many rounds of a term in which stakes differ by no more than so many per cent.

    `weight` is how much the links must weigh (thousandths).
    """

    rounds: int = 3
    differ_percent: int = 5
    weight: int = 400
    within: str = "PT24H"


def _is_opposite(ours: list[Deed], theirs: list[Deed], asked: OppositeSides) -> bool:
    one, other = staked(ours), staked(theirs)
    sides = [{d.selection for d in deeds if d.selection} for deeds in (ours, theirs)]
    if all(sides) and sides[0] & sides[1]:
        return False
    return 100 * abs(one - other) <= asked.differ_percent * max(one, other)


def _look(scene: Scene, asked: OppositeSides) -> Iterable[Evidence]:
    now, span = scene.deed.at_us, exact_us(asked.within)
    if not scene.deed.what or not scene.graph.is_linked(scene.deed.player):
        return
    for other, _, links in linked_by(scene.links(), asked.weight):
        window = scene.windows.get(other)
        if window is None or scene.deed.what not in window.rounds:
            continue
        both = [
            (ours, theirs)
            for _, ours, theirs in shared_rounds(scene.window, window, now - span, now)
            if _is_opposite(ours, theirs, asked)
        ]
        if len(both) >= asked.rounds:
            deeds = [one for pair in both for side in pair for one in side]
            yield Evidence(
                since_us=min(one.at_us for one in deeds), until_us=now,
                said=f"{scene.deed.player} and {other} staked alike in {len(both)} rounds.",
                figures=(Figure("rounds", str(len(both)), str(asked.rounds)),), facts=ids(deeds),
                others=(other,), links=links, key=other, again_us=span,
            )  # fmt: skip


OPPOSITE_SIDES = Rule(
    id="F-OPPOSITE",
    title="Both sides of a round",
    why="Two accounts that cover a round lose little and turn over much: bonuses, or laundering.",
    source="T-LOWRISK over linked accounts",
    parameters=OppositeSides,
    asked_at=frozenset({"stake"}),
    look=_look,
    lacks="Facts carry no selection; equal stakes in one round stand for it until they do.",
)
