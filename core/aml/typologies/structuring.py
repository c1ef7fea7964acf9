"""Payments kept just under a threshold, over days, instruments and accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from core.aml.evidence import Evidence, Figure, money, payment_lines
from core.aml.facts import Payment, Scene, between
from core.aml.typology import Parameters, Typology
from core.compliance.calendar import exact_us
from core.money import amount_minor


class Threshold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount whose reaching has consequences; sums are made per account and `frame`.

    `window` is how far apart payments may lie to belong together.
    """

    amount: str
    rule: str = ""
    is_cash: bool = False
    frame: str = "day"
    window: str = "P14D"
    sides: tuple[str, ...] = ("deposit",)


class Structuring(Parameters, frozen=True, kw_only=True):
    """`band` per cent under a threshold counts as just under; `count` payments, all accounts."""

    band: int = 10
    count: int = 3
    thresholds: tuple[Threshold, ...] = ()


def _look(scene: Scene, p: Structuring) -> Iterator[Evidence]:
    for threshold in p.thresholds:
        for side in threshold.sides:
            rows = _counted(scene, threshold, side)
            found = {e.until_us: e for e in _within_a_frame(scene, p, threshold, rows)}
            found |= {e.until_us: e for e in _over_frames(scene, p, threshold, rows)}
            yield from (found[at_us] for at_us in sorted(found))


def _counted(scene: Scene, threshold: Threshold, side: str) -> list[Payment]:
    rows = [
        one
        for facts in scene.everybody
        for one in facts.payments
        if one.kind == side and (one.is_cash or not threshold.is_cash)
    ]
    return sorted(rows, key=lambda one: (one.at_us, one.id))


def _over_frames(
    scene: Scene, p: Structuring, t: Threshold, rows: Sequence[Payment]
) -> Iterator[Evidence]:
    """Several frames: no account's frame exceeds the threshold, together they do."""
    length = exact_us(t.window)
    totals = _totals(scene, t, rows)
    for last in _asked(scene, rows):
        near = between(rows, last.at_us - length, last.at_us)
        is_open = all(totals[one.player, _frame(scene, t, one)] <= _r(scene, t) for one in near)
        if is_open and _is_under(scene, p, t, near, last):
            under = f"no {t.frame}'s sum of one account"
            yield _evidence(scene, p, t, (_band(scene, p, t, near), under))


def _within_a_frame(
    scene: Scene, p: Structuring, t: Threshold, rows: Sequence[Payment]
) -> Iterator[Evidence]:
    """One frame: no instrument of any account exceeds the threshold, together they do."""
    for last in _asked(scene, rows):
        start_us = _frame(scene, t, last)
        near = between(rows, start_us - 1, last.at_us)
        sums: dict[tuple[str, str | None], int] = {}
        for one in near:
            key = (one.player, one.instrument)
            sums[key] = sums.get(key, 0) + one.amount
        if max(sums.values()) <= _r(scene, t) and _is_under(scene, p, t, near, last):
            under = f"no instrument's sum of the {t.frame}"
            yield _evidence(scene, p, t, (_band(scene, p, t, near), under))


def _asked(scene: Scene, rows: Sequence[Payment]) -> Sequence[Payment]:
    return [one for one in rows if one.at_us >= scene.asked_from_us]


def _is_under(
    scene: Scene, p: Structuring, t: Threshold, near: Sequence[Payment], last: Payment
) -> bool:
    band = _band(scene, p, t, near)
    return last in band and len(band) >= p.count and sum(b.amount for b in band) > _r(scene, t)


def _band(scene: Scene, p: Structuring, t: Threshold, near: Sequence[Payment]) -> list[Payment]:
    """Return payments in `R * (1 - band) <= amount <= R`, in whole integers."""
    r = _r(scene, t)
    return [one for one in near if r * (100 - p.band) <= one.amount * 100 <= r * 100]


def _r(scene: Scene, t: Threshold) -> int:
    return amount_minor(t.amount, scene.currency)


def _frame(scene: Scene, t: Threshold, one: Payment) -> int:
    return scene.zone.frame(t.frame, one.at_us).start_us


def _totals(scene: Scene, t: Threshold, rows: Sequence[Payment]) -> dict[tuple[str, int], int]:
    sums: dict[tuple[str, int], int] = {}
    for one in rows:
        key = (one.player, _frame(scene, t, one))
        sums[key] = sums.get(key, 0) + one.amount
    return sums


def _evidence(
    scene: Scene, p: Structuring, t: Threshold, found: tuple[Sequence[Payment], str]
) -> Evidence:  # fmt: skip
    """Say what was found, and what stayed under the threshold meanwhile."""
    band, under = found
    total, threshold = sum(b.amount for b in band), money(_r(scene, t), scene.currency)
    accounts, side = sorted({b.player for b in band}), band[0].kind
    said = (
        f"{len(band)} {side}s, each at most {p.band} % under {threshold}, come to "
        f"{money(total, scene.currency)}, while {under} exceeded it."
    )
    if len(accounts) > 1:
        said += f" They went over {len(accounts)} linked accounts."
    return Evidence(
        typology="T-STR", player=scene.player.player, since_us=band[0].at_us,
        until_us=band[-1].at_us, currency=scene.currency, amount=total, said=said,
        figures=(
            Figure("payments just under", str(len(band)), f">= {p.count}"),
            Figure("their sum", money(total, scene.currency), f"> {threshold}"),
            Figure("instruments", str(len({b.instrument for b in band}))),
            Figure("window", t.window),
        ),
        transactions=payment_lines(band), key=f"{t.rule}/{t.amount}/{side}", rule=t.rule,
        others=tuple(a for a in accounts if a != scene.player.player), again_us=exact_us(t.window),
    )  # fmt: skip


def _reach(p: Structuring) -> str:
    """Look back over the longest window and the month it may begin in."""
    days = max((exact_us(t.window) for t in p.thresholds), default=0) // exact_us("P1D")
    return f"P{days + 32}D"


STRUCTURING = Typology(
    id="T-STR",
    title="Structuring",
    says="Payments just under a threshold come to more than it, while no day's sum of an account "
    "does, or, on one day, no instrument's.",
    sources=("US4", "US5", "TY1", "GB26"),
    parameters=Structuring,
    asked_at=frozenset({"deposit", "withdrawal"}),
    reach=_reach,
    look=_look,
    is_linked=True,
)
