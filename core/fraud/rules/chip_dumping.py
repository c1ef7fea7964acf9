"""One player who loses to another, round after round."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import exact_us
from core.fraud.rule import Evidence, Figure, Parameters, Rule, Scene, ids
from core.fraud.shared_rounds import gained, shared_rounds, staked


class ChipDumping(Parameters, frozen=True, kw_only=True):
    """So many rounds together in a term, with so much of their turnover going one way."""

    rounds: int = 20
    skew_percent: int = 60
    within: str = "P7D"


def _look(scene: Scene, asked: ChipDumping) -> Iterable[Evidence]:
    now, span = scene.deed.at_us, exact_us(asked.within)
    for other in sorted(one.player for one in {o.player: o for o in scene.links()}.values()):
        window = scene.windows.get(other)
        if window is None or scene.deed.what not in window.rounds:
            continue
        both = list(shared_rounds(scene.window, window, now - span, now))
        turnover = sum(staked(ours) + staked(theirs) for _, ours, theirs in both)
        if len(both) < asked.rounds or turnover <= 0:
            continue
        to_us = sum(gained(ours) for _, ours, _ in both)
        from_them = -sum(gained(theirs) for _, _, theirs in both)
        flow = min(to_us, from_them)
        if 100 * flow < asked.skew_percent * turnover // 2:
            continue
        deeds = [one for _, ours, theirs in both for one in (*ours, *theirs)]
        yield Evidence(
            since_us=min(one.at_us for one in deeds), until_us=now,
            said=f"In {len(both)} rounds together {other} lost to {scene.deed.player}.",
            figures=(
                Figure("rounds", str(len(both)), str(asked.rounds)),
                Figure("skew_percent", str(200 * flow // turnover), str(asked.skew_percent)),
            ),
            facts=ids(deeds), others=(other,),
            links=tuple(one for one in scene.links() if one.player == other), key=other,
            again_us=span,
        )  # fmt: skip


CHIP_DUMPING = Rule(
    id="F-CHIP",
    title="Chips are dumped",
    why="Money that always flows one way between two who share something is a payment.",
    source="T-CHIP",
    parameters=ChipDumping,
    asked_at=frozenset({"win"}),
    look=_look,
    lacks="Facts say nothing of folds and raises; only linked players' rounds are compared.",
)
