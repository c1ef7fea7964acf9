"""The fields of Britain's quarterly return that facts can fill."""

from core.money import decimal_text
from core.tax.due import due_of
from pipelines.reporting.balances import READS as BALANCE_READS
from pipelines.reporting.balances import balances_sql
from pipelines.reporting.known import Known
from pipelines.reporting.play_items import READS, day_items
from pipelines.reporting.report import Report, Says, Sheet, money, sheet

_OTHERS = ("player_registered", "player_self_excluded", "player_exclusion_ended", "ticket_opened")


def _make(known: Known, _: Says) -> list[Sheet]:
    tax = next(one for one in known.scope.pack.tax if one.id == "GB-GGY")
    rows = [
        ("gross gambling yield", due.reading.says, money(known, due.base_minor))
        for due in due_of(tax, day_items(known))
    ]
    counted = (
        ("active accounts", "count(DISTINCT player_id)", "bet_placed"),
        ("new accounts", "count(DISTINCT player_id)", "player_registered"),
        ("self-exclusions", "count(*)", "player_self_excluded"),
        ("returns from self-exclusion", "count(*)", "player_exclusion_ended"),
        ("tickets opened, complaints among them", "count(*)", "ticket_opened"),
    )
    for what, sql, fact in counted:
        found = known.one(f"SELECT {sql} FROM k_{fact} WHERE {known.within()}")
        rows.append((what, "", str(found)))
    rows += [
        (f"customer funds on {known.scope.period.last.isoformat()}", currency,
         decimal_text(int(held or 0), currency))
        for currency, held in known.rows(
            f"SELECT currency, sum(held) FILTER (held > 0) FROM ({balances_sql(known)}) "
            "GROUP BY 1 ORDER BY 1"
        )
    ]  # fmt: skip
    return [sheet("fields", ("field", "detail", "value"), 2, rows)]


REPORT = Report(
    "gb_return", "Regulatory return",
    "What the facts can say of the quarterly return; which fields it has is unconfirmed in part. "
    "Active is who staked in the period. No fact tells complaints from other tickets.",
    tuple(dict.fromkeys((*READS, *BALANCE_READS, *_OTHERS))), _make, packs=("GB",),
    has_history=True,
)  # fmt: skip
