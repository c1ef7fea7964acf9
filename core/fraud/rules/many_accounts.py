"""One person behind several accounts."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import DAY_US
from core.fraud.graph import linked_by
from core.fraud.rule import Evidence, Figure, Parameters, Rule, Scene

AGAIN_US = 30 * DAY_US


class ManyAccounts(Parameters, frozen=True, kw_only=True):
    """Links to another player that weigh so much together, in thousandths of a sure link."""

    weight: int = 900


def _look(scene: Scene, asked: ManyAccounts) -> Iterable[Evidence]:
    if not scene.graph.is_linked(scene.deed.player):
        return
    for other, weight, links in linked_by(scene.links(), asked.weight):
        kinds = ", ".join(sorted({link.kind for link in links}))
        yield Evidence(
            since_us=scene.deed.at_us, until_us=scene.deed.at_us,
            said=f"{scene.deed.player} and {other} share {kinds}.",
            figures=(Figure("weight", str(weight), str(asked.weight)),),
            facts=(scene.deed.id,), others=(other,), links=links, key=other, again_us=AGAIN_US,
        )  # fmt: skip


MANY_ACCOUNTS = Rule(
    id="F-MULTI",
    title="Several accounts of one person",
    why="Limits, exclusions and bonuses are a person's, not an account's.",
    source="T-BONUS/ATO/mule: shared graph; T-3P: one instrument on two accounts",
    parameters=ManyAccounts,
    asked_at=frozenset({"opened", "login", "session", "device", "deposit", "withdrawal", "asked"}),
    look=_look,
    lacks="Facts carry no key of the person's name; where one comes, it is read.",
)
