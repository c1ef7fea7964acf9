"""What came of an intervention: how a player played before it and after. Way: past -> here -> log.

Equal spans before and after, so that a short one can be compared; his own past is the only control.
A figure is better if it fell: all of them measure play and money.
"""

from __future__ import annotations

import msgspec

from core.compliance.calendar import DAY_US, Zone
from core.markers.past import Past
from core.markers.scene import Scene, scene_of
from core.markers.visits import MINUTE_US

SPAN_DAYS = 14


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A span's figures: minor units, deposits, minutes played, minutes of them at night."""

    net_loss: int
    deposited: int
    deposits: int
    minutes: int
    night_minutes: int


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Before and after; `days` is the length of each span."""

    days: int
    before: Figures
    after: Figures

    @property
    def result(self) -> str:
        """`better` if loss and time both fell, `worse` if either grew by a tenth, else `same`."""
        pairs = [
            (self.before.net_loss, self.after.net_loss), (self.before.minutes, self.after.minutes)
        ]  # fmt: skip
        if any(10 * now > 11 * max(then, 0) for then, now in pairs):
            return "worse"
        return "better" if all(now < then for then, now in pairs) else "same"


def effect_of(past: Past, zone: Zone, acted_us: int, now_us: int) -> Effect | None:
    """Compare the days before an intervention with those after; null before a whole day is over."""
    days = min(SPAN_DAYS, (now_us - acted_us) // DAY_US)
    if days < 1:
        return None
    scene = scene_of(past, zone)
    span = days * DAY_US
    return Effect(
        days=days, before=_figures(scene, acted_us - span, acted_us),
        after=_figures(scene, acted_us, acted_us + span),
    )  # fmt: skip


def _figures(scene: Scene, start_us: int, end_us: int) -> Figures:
    found = [one for one in scene.deeds if start_us <= one.at_us < end_us]
    total = {kind: sum(o.amount for o in found if o.kind == kind) for kind in ("stake", "win")}
    paid = [one.amount for one in found if one.kind == "deposit"]
    return Figures(
        net_loss=total["stake"] - total["win"], deposited=sum(paid), deposits=len(paid),
        minutes=sum(v.within(start_us, end_us) for v in scene.visits) // MINUTE_US,
        night_minutes=scene.at_night_us(start_us, end_us) // MINUTE_US,
    )  # fmt: skip
