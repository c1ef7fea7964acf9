"""Many instruments in a short time, or many refused ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.aml.evidence import Evidence, Figure, money, payment_lines
from core.aml.facts import Payment, Scene, between
from core.aml.typology import Parameters, Typology
from core.compliance.calendar import exact_us


class ManyInstruments(Parameters, frozen=True, kw_only=True):
    """`new` instruments first seen in `within`, or `declined` attempts over `over` instruments.

    `in_a_row` refused deposits without an accepted one between, in `row_within`, are a third test;
    0 leaves it out.
    """

    new: int = 4
    declined: int = 6
    over: int = 3
    within: str = "P7D"
    in_a_row: int = 0
    row_within: str = "PT10M"
    row_rule: str = ""


def _look(scene: Scene, p: ManyInstruments) -> Iterator[Evidence]:
    rows = [one for one in scene.player.payments if one.kind != "withdrawal"]
    firsts = _first_uses(rows)
    for place, last in enumerate(rows):
        if last.at_us < scene.asked_from_us:
            continue
        near = between(rows, last.at_us - exact_us(p.within), last.at_us)
        new = [one for one in near if firsts.get(one.instrument or "") is one]
        if len(new) >= p.new and last in new:
            yield _evidence(
                scene, "new", new, Figure("new instruments", str(len(new)), f">= {p.new}")
            )
        refused = [one for one in near if one.kind == "declined"]
        instruments = {one.instrument for one in refused} - {None}
        if last.kind == "declined" and len(refused) >= p.declined and len(instruments) >= p.over:
            figure = Figure("refused attempts", str(len(refused)), f">= {p.declined}")
            yield _evidence(scene, "declined", refused, figure)
        yield from _in_a_row(scene, p, rows[: place + 1])


def _in_a_row(scene: Scene, p: ManyInstruments, rows: Sequence[Payment]) -> Iterator[Evidence]:
    run = rows[-p.in_a_row :] if p.in_a_row else ()
    if len(run) < max(p.in_a_row, 1) or any(one.kind != "declined" for one in run):
        return
    if run[-1].at_us - run[0].at_us <= exact_us(p.row_within):
        figure = Figure("refused in a row", str(len(run)), f">= {p.in_a_row} in {p.row_within}")
        yield _evidence(scene, "in_a_row", run, figure, p.row_rule)


def _first_uses(rows: Sequence[Payment]) -> dict[str, Payment]:
    firsts: dict[str, Payment] = {}
    for one in rows:
        if one.instrument is not None:
            firsts.setdefault(one.instrument, one)
    return firsts


def _evidence(
    scene: Scene, key: str, rows: Sequence[Payment], figure: Figure, rule: str = ""
) -> Evidence:
    instruments = len({one.instrument for one in rows} - {None})
    total = sum(one.amount for one in rows)
    return Evidence(
        typology="T-MULTI", player=scene.player.player, since_us=rows[0].at_us,
        until_us=rows[-1].at_us, currency=scene.currency, amount=total,
        said=f"{figure.value} {figure.name}, over {instruments} instruments.",
        figures=(figure, Figure("sum", money(total, scene.currency))),
        transactions=payment_lines(rows), key=key, rule=rule, again_us=exact_us("P7D"),
    )  # fmt: skip


MANY_INSTRUMENTS = Typology(
    id="T-MULTI",
    title="Many instruments",
    says="Many instruments are tried in a short time, or many are refused.",
    sources=("MT-MOH-1", "NJ3"),
    parameters=ManyInstruments,
    asked_at=frozenset({"deposit", "declined"}),
    reach=lambda _: "P400D",
    look=_look,
)
