"""Cash in, and cash out, of a player above the amount a policy names, by gaming day."""

from core.aml.currency_transactions import SIDES, CurrencyDay, currency_days, reportable
from core.aml.facts import Payment
from core.aml.policy import policies
from core.money import amount_minor
from pipelines.reporting.known import Known
from pipelines.reporting.report import Report, Says, Sheet, money, sheet

_FACTS = {"deposit": "deposit_approved", "withdrawal": "withdrawal_paid"}


def _make(known: Known, _: Says) -> list[Sheet]:
    pack = known.scope.pack
    policy = policies().get(pack.pack)
    wanted = [one for one in policy.said.reports if one.kind == "CTR"] if policy else []
    vendors = policy.said.cash_vendors if policy else ()
    rows = []
    if wanted and vendors:
        days = currency_days(_payments(known, tuple(vendors)), pack.zone)
        for one in wanted:
            for day in reportable(days, amount_minor(one.amount, pack.currency)):
                rows.append((*_line(known, day), one.rule, one.amount))  # noqa: PERF401 - a line each
    columns = ("day", "player_id", "side", "amount", "parts", "rule", "above")
    return [sheet("currency", columns, 3, rows)]


def _line(known: Known, day: CurrencyDay) -> tuple[object, ...]:
    parts = " ".join(one.id for one in day.parts)
    on = known.scope.pack.zone.day(day.start_us)
    return on, day.person, day.side, money(known, day.amount), parts


def _payments(known: Known, vendors: tuple[str, ...]) -> list[Payment]:
    listed = ", ".join("'" + vendor.replace("'", "''") + "'" for vendor in sorted(vendors))
    parts = " UNION ALL ".join(
        f"SELECT event_id::VARCHAR AS id, o, '{side}' AS side, {known.amount('amount_minor')} AS "
        f"amount, player_id FROM k_{_FACTS[side]} "
        f"WHERE {known.within()} AND vendor_id IN ({listed})"
        for side in SIDES
    )
    rows = known.rows(f"SELECT * FROM ({parts}) WHERE amount IS NOT NULL ORDER BY o, id")
    return [
        Payment(id=i, at_us=o, kind=side, amount=int(amount), player=player, is_cash=True)
        for i, o, side, amount, player in rows
    ]


REPORT = Report(
    "ctr", "Currency transactions",
    "Cash a player paid in, or took out, above the amount in a gaming day (midnight to midnight of "
    "the pack). The sides are neither netted nor added. Cash is what came through the desks the "
    "money laundering policy names. Candidates: nothing is filed.",
    ("deposit_approved", "withdrawal_paid"), _make,
)  # fmt: skip
