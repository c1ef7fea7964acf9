"""Money in, hardly played, and out again."""

from __future__ import annotations

from collections.abc import Iterator

from core.aml.evidence import Evidence, Figure, money, payment_lines, per_cent
from core.aml.facts import Payment, Scene, between
from core.aml.typology import Parameters, Typology
from core.compliance.calendar import exact_us
from core.money import amount_minor


class RapidCycling(Parameters, frozen=True, kw_only=True):
    """Turnover under `turnover` per cent of the deposits, `out` per cent withdrawn, in `within`.

    Deposits below `least` in all are left alone.
    """

    turnover: int = 100
    out: int = 80
    within: str = "P3D"
    least: str = "500"


def _look(scene: Scene, p: RapidCycling) -> Iterator[Evidence]:
    for last in scene.player.of("withdrawal"):
        if last.at_us < scene.asked_from_us:
            continue
        firsts = between(scene.player.payments, last.at_us - exact_us(p.within) - 1, last.at_us)
        found = (_cycle(scene, p, first, last) for first in firsts if first.kind == "deposit")
        yield from list(filter(None, found))[:1]


def _cycle(scene: Scene, p: RapidCycling, first: Payment, last: Payment) -> Evidence | None:
    """Judge all that happened from a deposit to a withdrawal."""
    player = scene.player
    near = between(player.payments, first.at_us - 1, last.at_us)
    moved = [one for one in near if one.kind != "declined"]
    paid_in = sum(one.amount for one in moved if one.kind == "deposit")
    paid_out = sum(one.amount for one in moved if one.kind == "withdrawal")
    played = sum(s.real for s in between(player.stakes, first.at_us - 1, last.at_us))
    if paid_in < amount_minor(p.least, scene.currency) or paid_out * 100 < p.out * paid_in:
        return None
    if played * 100 >= p.turnover * paid_in:
        return None
    into, out, stakes = (money(a, scene.currency) for a in (paid_in, paid_out, played))
    return Evidence(
        typology="T-CYC", player=player.player, since_us=first.at_us, until_us=last.at_us,
        currency=scene.currency, amount=paid_in,
        said=f"{into} was paid in, {stakes} of it staked, and {out} paid out within {p.within}.",
        figures=(
            Figure("turnover of real money", per_cent(played, paid_in), f"< {p.turnover} %"),
            Figure("paid out", per_cent(paid_out, paid_in), f">= {p.out} %"),
            Figure("deposits", into, f">= {p.least} {scene.currency}"),
            Figure("withdrawals", out),
        ),
        transactions=payment_lines(moved), again_us=exact_us(p.within),
    )  # fmt: skip


RAPID_CYCLING = Typology(
    id="T-CYC",
    title="Rapid cycling",
    says="Deposits are withdrawn soon, with hardly any play of real money between.",
    sources=("TY1",),
    parameters=RapidCycling,
    asked_at=frozenset({"withdrawal", "undone"}),
    reach=lambda p: p.within,
    look=_look,
    reads_stakes=True,
)
