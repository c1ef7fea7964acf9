"""What the house owes its players on the last day."""

from core.money import decimal_text
from pipelines.reporting.balances import READS, balances_sql, pending_sql
from pipelines.reporting.known import Known
from pipelines.reporting.report import Report, Says, Sheet, sheet


def _make(known: Known, _: Says) -> list[Sheet]:
    last = known.scope.period.last
    rows = []
    for currency, held, owed, players, short, below in known.rows(
        "SELECT currency, sum(held), sum(held) FILTER (held > 0), count(*) FILTER (held > 0), "
        f"sum(held) FILTER (held < 0), count(*) FILTER (held < 0) FROM ({balances_sql(known)}) "
        "GROUP BY 1 ORDER BY 1"
    ):
        texts = (decimal_text(int(amount or 0), currency) for amount in (owed, short, held))
        owed_text, short_text, sum_text = texts
        rows.append((last, currency, owed_text, players, short_text, below, sum_text))
    pending = [
        (last, currency, decimal_text(int(amount), currency), count)
        for currency, amount, count in known.rows(pending_sql(known))
    ]
    columns = ("day", "currency", "owed", "players", "negative", "negative_players", "sum")
    return [
        sheet("balances", columns, 2, rows),
        sheet("pending", ("day", "currency", "withdrawals", "count"), 2, pending),
    ]


REPORT = Report(
    "liability", "Owed to players",
    "Real money of players at the end of the last day, and withdrawals asked for and not yet paid, "
    "by the facts known since each account began. Bonus and locked money is not the players'.",
    (*READS, "withdrawal_paid"), _make, has_history=True,
)  # fmt: skip
