"""Amounts at which a customer must be looked at more closely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from core.aml.evidence import Evidence, Figure, money, payment_lines
from core.aml.facts import Payment, Scene, between
from core.aml.typology import Parameters, Typology
from core.compliance.calendar import DAY_US, exact_us
from core.money import amount_minor


class Level(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At `amount` the `level` of diligence is due; single payments or sums, own and linked.

    `window` is exact and rolling; empty, it is the whole relationship (as far as it is known).
    Without `counts_recycled`, a deposit up to what was paid out before it and has not come back
    yet is old money and not counted.
    """

    amount: str
    level: Literal["CDD", "EDD"] = "CDD"
    rule: str = ""
    window: str = ""
    is_single: bool = False
    counts_recycled: bool = False
    side: Literal["deposit", "withdrawal"] = "deposit"


class DueDiligence(Parameters, frozen=True, kw_only=True):
    """The levels in force."""

    levels: tuple[Level, ...] = ()


def _look(scene: Scene, p: DueDiligence) -> Iterator[Evidence]:
    for level in p.levels:
        rows = _counted(scene, level)
        for place in range(len(rows)):
            near = [rows[place]] if level.is_single else _near(rows[: place + 1], level)
            total = sum(new for _, new in near)
            if total >= amount_minor(level.amount, scene.currency):
                yield _evidence(scene, level, [one for one, new in near if new], total)
                break


def _counted(scene: Scene, level: Level) -> list[tuple[Payment, int]]:
    """Return payments with the part of each that counts."""
    everybody = (scene.player,) if level.is_single else scene.everybody
    rows = sorted(
        (one for facts in everybody for one in facts.payments if one.kind != "declined"),
        key=lambda one: (one.at_us, one.id),
    )
    old, counted = 0, []
    for one in rows:
        if one.kind == "withdrawal":
            old += one.amount
        recycled = 0 if level.counts_recycled or one.kind == "withdrawal" else min(old, one.amount)
        old -= recycled
        if one.kind == level.side:
            counted.append((one, one.amount - recycled))
    return counted


def _near(rows: Sequence[tuple[Payment, int]], level: Level) -> list[tuple[Payment, int]]:
    if not level.window:
        return list(rows)
    last_us = rows[-1][0].at_us
    near = between([one for one, _ in rows], last_us - exact_us(level.window), last_us)
    return list(rows[len(rows) - len(near) :])


def _evidence(scene: Scene, level: Level, rows: Sequence[Payment], total: int) -> Evidence:
    players = sorted({one.player for one in rows})
    rolling = f"rolling {level.window}" if level.window else "accrued"
    basis = "single" if level.is_single else rolling
    bound = f"{level.amount} {scene.currency}"
    total_text = money(total, scene.currency)
    said = f"{total_text} in {level.side}s ({basis}) calls for {level.level}."
    return Evidence(
        typology="T-CDD", player=scene.player.player, since_us=rows[0].at_us,
        until_us=rows[-1].at_us, currency=scene.currency, amount=total, said=said,
        figures=(
            Figure("sum", total_text, f">= {bound}"), Figure("basis", basis),
        ),
        transactions=payment_lines(rows), key=f"{level.level}/{level.rule}/{level.amount}/{basis}",
        others=tuple(one for one in players if one != scene.player.player), rule=level.rule,
        again_us=3650 * DAY_US,
    )  # fmt: skip


DUE_DILIGENCE = Typology(
    id="T-CDD",
    title="Due diligence threshold",
    says="Payments, single or linked, reach an amount at which due diligence is owed.",
    sources=("EU3", "GB26", "MT7"),
    parameters=DueDiligence,
    asked_at=frozenset({"deposit", "withdrawal"}),
    reach=lambda p: "P3650D" if any(not level.window for level in p.levels) else "P400D",
    look=_look,
    is_linked=True,
)
