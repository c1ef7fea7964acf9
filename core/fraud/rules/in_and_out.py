"""Money that goes out again hardly played with."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import exact_us
from core.fraud.rule import Evidence, Figure, Parameters, Rule, Scene, ids


class InAndOut(Parameters, frozen=True, kw_only=True):
    """Payouts of so many per cent of a term's deposits, with stakes below so many of them."""

    within: str = "PT24H"
    out_percent: int = 80
    played_percent: int = 20
    deposits_minor: int = 20_000


def _look(scene: Scene, asked: InAndOut) -> Iterable[Evidence]:
    now, span = scene.deed.at_us, exact_us(asked.within)
    paid = scene.window.within("deposit", now - span, now)
    out = scene.window.within("withdrawal", now - span, now)
    came, went = sum(one.amount for one in paid), sum(one.amount for one in out)
    if came < asked.deposits_minor or 100 * went < asked.out_percent * came:
        return
    played = sum(one.cash for one in scene.window.within("stake", paid[0].at_us, now))
    if 100 * played >= asked.played_percent * came:
        return
    yield Evidence(
        since_us=paid[0].at_us, until_us=now,
        said=f"{100 * went // came} % of the deposits of {asked.within} go out again with "
        f"{100 * played // came} % of them staked.",
        figures=(
            Figure("out_percent", str(100 * went // came), str(asked.out_percent)),
            Figure("played_percent", str(100 * played // came), str(asked.played_percent)),
        ),
        facts=ids((*paid, *out)), again_us=span,
    )  # fmt: skip


IN_AND_OUT = Rule(
    id="F-QUICK",
    title="In and out unplayed",
    why="An account that only passes money on is somebody's cash machine.",
    source="T-CYC, as a matter of fraud: within a day",
    parameters=InAndOut,
    asked_at=frozenset({"withdrawal"}),
    look=_look,
)
