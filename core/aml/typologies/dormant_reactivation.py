"""A sleeping account wakes, takes a large sum in and lets it out."""

from __future__ import annotations

from collections.abc import Iterator

from core.aml.evidence import Evidence, Figure, money, payment_lines, per_cent
from core.aml.facts import Payment, Scene, between, last_before
from core.aml.typology import Parameters, Typology
from core.compliance.calendar import exact_us
from core.money import amount_minor


class DormantReactivation(Parameters, frozen=True, kw_only=True):
    """After silence of `after`, a deposit of `least`, and a payout `within`, hardly played.

    Hardly is a turnover under `turnover` per cent. What comes within `waking` of the first sign of
    life (a login, say) still counts as waking.
    """

    after: str = "P1Y"
    waking: str = "P7D"
    least: str = "1000"
    within: str = "P30D"
    turnover: int = 100


def _look(scene: Scene, p: DormantReactivation) -> Iterator[Evidence]:
    player = scene.player
    for deposit in player.of("deposit"):
        slept_from = _slept_from(scene, p, deposit)
        if slept_from is None or deposit.amount < amount_minor(p.least, scene.currency):
            continue
        until_us = deposit.at_us + exact_us(p.within)
        for payout in between(player.of("withdrawal"), deposit.at_us - 1, until_us):
            played = _played(scene, deposit, payout)
            if played * 100 < p.turnover * deposit.amount:
                yield _evidence(scene, p, (deposit, payout), (slept_from, played))
                break


def _slept_from(scene: Scene, p: DormantReactivation, deposit: Payment) -> int | None:
    """Return since when the account slept, if it did until this deposit or shortly before."""
    player = scene.player
    signs, at_us = list(player.activity), deposit.at_us
    while at_us >= deposit.at_us - exact_us(p.waking):
        before = last_before(signs, at_us)
        if before is None:
            before = player.opened_us
        if before is None or before >= at_us:
            return None
        if scene.zone.later(before, p.after) <= at_us:
            return before
        at_us = before
    return None


def _played(scene: Scene, deposit: Payment, payout: Payment) -> int:
    return sum(s.real for s in between(scene.player.stakes, deposit.at_us - 1, payout.at_us))


def _evidence(
    scene: Scene, p: DormantReactivation, rows: tuple[Payment, Payment], seen: tuple[int, int]
) -> Evidence:
    (deposit, payout), (slept_from, played) = rows, seen
    asleep, currency = scene.zone.local(slept_from).date(), scene.currency
    return Evidence(
        typology="T-DORM", player=scene.player.player, since_us=deposit.at_us,
        until_us=payout.at_us, currency=currency, amount=deposit.amount,
        said=f"Silent since {asleep}, the account took {money(deposit.amount, currency)} in and "
        f"paid {money(payout.amount, currency)} out.",
        figures=(
            Figure("silent since", str(asleep), f">= {p.after}"),
            Figure("deposit", money(deposit.amount, currency), f">= {p.least} {currency}"),
            Figure("turnover", per_cent(played, deposit.amount), f"< {p.turnover} %"),
        ),
        transactions=payment_lines(rows), again_us=exact_us(p.within),
    )  # fmt: skip


DORMANT_REACTIVATION = Typology(
    id="T-DORM",
    title="Dormant reactivation",
    says="A dormant account takes in a large sum and lets it out, hardly played.",
    sources=("NJ8",),
    parameters=DormantReactivation,
    asked_at=frozenset({"withdrawal", "undone"}),
    reach=lambda p: p.within,
    look=_look,
    reads_stakes=True,
)
