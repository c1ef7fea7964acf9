"""More paid in than a declared income carries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.aml.evidence import Evidence, Figure, money, payment_lines, per_cent
from core.aml.facts import Income, Payment, Scene, between
from core.aml.typology import Parameters, Typology
from core.compliance.calendar import DAY_US
from core.money import amount_minor

YEAR_DAYS = 365


class IncomeMismatch(Parameters, frozen=True, kw_only=True):
    """Net deposits of a year above `year` per cent of the income; 0 leaves the test out.

    A shorter past is annualised, counted as at least `days` long. `month` is the per cent of a
    month's income that net deposits of a calendar month must reach; 0 leaves that test out.
    """

    year: int = 100
    days: int = 90
    month: int = 0
    least: str = "1000"
    month_rule: str = ""


def _look(scene: Scene, p: IncomeMismatch) -> Iterator[Evidence]:
    """Judge at every deposit by the income that was last said then, and at every income said."""
    player = scene.player
    deposits, incomes = player.of("deposit"), player.incomes
    asked = sorted({one.at_us for one in deposits} | {income.at_us for income in incomes})
    for at_us in asked:
        if at_us < scene.asked_from_us:
            continue
        said = [income for income in incomes if income.at_us <= at_us]
        if said:
            yield from _of_month(scene, p, said[-1], at_us)
            yield from _of_year(scene, p, said[-1], at_us)


def _of_year(scene: Scene, p: IncomeMismatch, income: Income, at_us: int) -> Iterator[Evidence]:
    rows = between(scene.player.payments, at_us - YEAR_DAYS * DAY_US, at_us)
    net, opened = _net(rows), scene.player.opened_us
    begun = opened if opened is not None else (rows[0].at_us if rows else at_us)
    days = min(max(-((begun - at_us) // DAY_US), p.days), YEAR_DAYS)
    is_more = net * YEAR_DAYS * 100 > p.year * income.annual * days
    if p.year and is_more and net >= amount_minor(p.least, scene.currency):
        share = per_cent(net * YEAR_DAYS, income.annual * days)
        figure = Figure(
            f"annualised net deposits of {days} days, by income", share, f"> {p.year} %"
        )
        yield _evidence(scene, rows, figure, ("year", "", income.annual))


def _of_month(scene: Scene, p: IncomeMismatch, income: Income, at_us: int) -> Iterator[Evidence]:
    frame = scene.zone.frame("month", at_us)
    rows = between(scene.player.payments, frame.start_us - 1, at_us)
    net = _net(rows)
    if p.month and net > 0 and net * 1200 >= p.month * income.annual:
        share = per_cent(net * 12, income.annual)
        figure = Figure("net deposits of the month, by income", share, f">= {p.month} %")
        yield _evidence(scene, rows, figure, ("month", p.month_rule, income.annual // 12))


def _evidence(
    scene: Scene, rows: Sequence[Payment], figure: Figure, judged: tuple[str, str, int]
) -> Evidence:
    span, rule, income = judged
    moved = [one for one in rows if one.kind != "declined"]
    net, declared = money(_net(moved), scene.currency), money(income, scene.currency)
    return Evidence(
        typology="T-INC", player=scene.player.player, since_us=moved[0].at_us,
        until_us=moved[-1].at_us, currency=scene.currency, amount=_net(moved),
        said=f"Net deposits of {net} stand beside a declared income of {declared} a {span}.",
        figures=(figure, Figure("net deposits", net), Figure(f"income of a {span}", declared)),
        transactions=payment_lines(moved), key=span, rule=rule, again_us=30 * DAY_US,
    )  # fmt: skip


def _net(rows: Sequence[Payment]) -> int:
    return sum(map(_signed, rows))


def _signed(one: Payment) -> int:
    return {"deposit": one.amount, "withdrawal": -one.amount}.get(one.kind, 0)


INCOME_MISMATCH = Typology(
    id="T-INC",
    title="Income mismatch",
    says="Net deposits are above what the declared income carries.",
    sources=("NL4", "MT7"),
    parameters=IncomeMismatch,
    asked_at=frozenset({"deposit", "income"}),
    reach=lambda _: "P400D",
    look=_look,
)
