"""What was staked and won, by local day and game type. Way: known facts -> here -> ggr, tax, gb.

Money under a bonus (bonus and locked) stands apart from real money. A void counts on the day it
happened, as its fact says, even if what it takes back lies in an earlier period.
"""

from __future__ import annotations

from core.tax.items import DayItems
from core.tax.of_pack import items_from
from pipelines.reporting.known import Known

READS = ("bet_placed", "bet_won", "bet_rolled_back", "prize_paid", "bonus_completed")
_NAMES = (
    "stakes", "bonus_stakes", "prizes", "locked_winnings", "void_stakes", "void_prizes",
    "released_winnings",
)  # fmt: skip


def day_items(known: Known) -> list[DayItems]:
    """Return the items of every day and game type on which anything happened, in order."""
    rows = known.rows(items_sql(known))
    return [
        items_from({
            "day": day, "game_type": game, **dict(zip(_NAMES, map(int, values), strict=True)),
        })
        for day, game, *values in rows
    ]  # fmt: skip


def items_sql(known: Known) -> str:
    """Return the SELECT of day, game type and the items, summed."""
    lost = "(CASE WHEN undone = 'bet' THEN -1 ELSE 0 END)"
    won = "(CASE WHEN undone = 'win' THEN -1 ELSE 0 END)"
    bonus = f"({known.amount('bonus_wager_minor')} + {known.amount('locked_wager_minor')})"
    real = known.amount("wager_minor")
    parts = [
        _part(known, "bet_placed", stakes=real, bonus_stakes=bonus),
        _part(known, "bet_won", prizes=real, locked_winnings=bonus),
        _part(
            known, "bet_rolled_back", void_stakes=f"-{lost} * {real}",
            void_prizes=f"-{won} * {real}", bonus_stakes=f"{lost} * {bonus}",
            locked_winnings=f"{won} * {bonus}",
        ),
        _part(known, "prize_paid", "'other'", prizes=known.amount("amount_minor")),
        _part(known, "bonus_completed", "'other'",
              released_winnings=known.amount("turned_real_minor")),
    ]  # fmt: skip
    sums = ", ".join(f"sum({name}) AS {name}" for name in _NAMES)
    union = "\nUNION ALL ".join(parts)
    return f"SELECT day, game, {sums} FROM ({union}) GROUP BY 1, 2 ORDER BY 1, 2"


def _part(known: Known, fact: str, game: str = "game_type", **items: str) -> str:
    listed = ", ".join(f"coalesce({items[n]}, 0) AS {n}" if n in items else f"0 AS {n}"
                       for n in _NAMES)  # fmt: skip
    return (
        f"SELECT {known.day()} AS day, {game} AS game, {listed} FROM k_{fact} "
        f"WHERE {known.within()}"
    )
