"""A stranger in a player's account."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import exact_us
from core.fraud.rule import Evidence, Figure, Parameters, Rule, Scene, ids


class TakeOver(Parameters, frozen=True, kw_only=True):
    """A payout of so much of the balance, to a payee and from a device new within a term.

    An account younger than `settled` has no habits to be broken.
    """

    within: str = "PT48H"
    balance_percent: int = 90
    settled: str = "P7D"


def _look(scene: Scene, asked: TakeOver) -> Iterable[Evidence]:
    deed, now, span = scene.deed, scene.deed.at_us, exact_us(asked.within)
    opened, firsts = scene.window.opened_us, scene.window.firsts
    if opened is None or now - opened < exact_us(asked.settled) or not deed.instrument:
        return
    device = _newest_device(scene, now, span)
    is_payee_new = now - firsts.get(("payee", deed.instrument), now) < span
    is_known = ("instrument", deed.instrument) in firsts
    balance = scene.window.balance(now)
    if not device or is_known or not is_payee_new or balance is None or balance <= 0:
        return
    percent = 100 * deed.amount // balance
    if percent < asked.balance_percent:
        return
    logins = scene.window.within("login", now - span, now)
    yield Evidence(
        since_us=firsts["device", device], until_us=now,
        said="A new device and a new payee within "
        f"{asked.within}, and {percent} % of the balance going there.",
        figures=(Figure("balance_percent", str(percent), str(asked.balance_percent)),),
        facts=ids((*(one for one in logins if one.device == device), deed)), key=deed.instrument,
        again_us=span,
    )  # fmt: skip


def _newest_device(scene: Scene, now: int, span: int) -> str:
    """Return a device first seen within the term beside older ones, "" if there is none."""
    seen = {token: at for (kind, token), at in scene.window.firsts.items() if kind == "device"}
    fresh = [token for token, at in sorted(seen.items()) if 0 <= now - at < span]
    return fresh[0] if fresh and len(fresh) < len(seen) else ""


TAKE_OVER = Rule(
    id="F-ATO",
    title="Account taken over",
    why="Who changes device and payee and empties the account is not its owner.",
    source="T-BONUS/ATO/mule",
    parameters=TakeOver,
    asked_at=frozenset({"withdrawal"}),
    look=_look,
    lacks="Facts carry no change of password.",
)
