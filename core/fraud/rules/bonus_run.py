"""A welcome bonus taken, played as little as can be, and paid out."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import exact_us
from core.fraud.rule import Evidence, Figure, Parameters, Rule, Scene, ids


class BonusRun(Parameters, frozen=True, kw_only=True):
    """A payout within a term of opening, with no more staked than so much of what was required."""

    within: str = "P7D"
    played_percent: int = 110


def _look(scene: Scene, asked: BonusRun) -> Iterable[Evidence]:
    now, opened = scene.deed.at_us, scene.window.opened_us
    if opened is None or now - opened > exact_us(asked.within):
        return
    claims = [one for one in scene.window.within("bonus", opened - 1, now) if one.required > 0]
    if not claims:
        return
    first = claims[0]
    required = sum(one.required for one in claims)
    staked = sum(one.amount for one in scene.window.within("stake", first.at_us, now))
    percent = 100 * staked // required
    if 100 * staked > asked.played_percent * required:
        return
    yield Evidence(
        since_us=first.at_us, until_us=now,
        said=f"A payout {(now - opened) // 3_600_000_000} hours after opening, with "
        f"{percent} % of the required wagering played.",
        figures=(Figure("played_percent", str(percent), str(asked.played_percent)),),
        facts=ids((*claims, scene.deed)), key="welcome", again_us=exact_us(asked.within),
    )  # fmt: skip


BONUS_RUN = Rule(
    id="F-BONUS-RUN",
    title="Welcome bonus and away",
    why="Who opens an account for its bonus alone plays what he must and leaves.",
    source="T-BONUS/ATO/mule",
    parameters=BonusRun,
    asked_at=frozenset({"withdrawal"}),
    look=_look,
)
