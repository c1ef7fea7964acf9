"""Gross gaming revenue by day and game type."""

from pipelines.reporting.known import Known
from pipelines.reporting.play_items import READS, day_items
from pipelines.reporting.report import Report, Says, Sheet, money, sheet

_ITEMS = (
    "stakes", "prizes", "void_stakes", "void_prizes", "bonus_stakes", "locked_winnings",
    "released_winnings",
)  # fmt: skip


def _make(known: Known, _: Says) -> list[Sheet]:
    days = day_items(known)
    detail = []
    by_day: dict[str, int] = {}
    for one in days:
        ggr = one.stakes - one.void_stakes - one.prizes + one.void_prizes
        by_day[one.day.isoformat()] = by_day.get(one.day.isoformat(), 0) + ggr
        amounts = (getattr(one, name) for name in _ITEMS)
        cells = (money(known, amount) for amount in (*amounts, ggr, ggr - one.released_winnings))
        detail.append((one.day, one.game_type, *cells))
    total = money(known, sum(by_day.values()))
    return [
        sheet("days", ("day", "ggr"), 1, ((d, money(known, g)) for d, g in by_day.items()), "ggr"),
        sheet("games", ("day", "game_type", *_ITEMS, "ggr", "ngr"), 2, detail),
        sheet("total", ("period", "ggr"), 1, [(known.scope.period.name, total)]),
    ]


REPORT = Report(
    "ggr", "Gross gaming revenue",
    "Real stakes less real prizes, voids taken back, by day and game type; what was staked and won "
    "under a bonus stands apart. ngr takes off bonus money that became cash; no tax is due of it.",
    READS, _make,
)  # fmt: skip
