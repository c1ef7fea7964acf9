"""What the house's players staked, won, paid in and took out on a local day, by currency."""

import msgspec

from pipelines.reporting.known import Known
from pipelines.reporting.record import RecordKind, json_sql


class OperatorDayTotal(msgspec.Struct, forbid_unknown_fields=True):
    """Sums of the day's facts; a void counts on its own day. `players` staked that day."""

    currency: str
    stake_minor: int
    win_minor: int
    deposit_minor: int
    withdrawal_minor: int
    bets: int
    players: int


_SUMS = {
    "bet_placed": ("amount_minor", "0", "0", "0", "1"),
    "bet_won": ("0", "amount_minor", "0", "0", "0"),
    "bet_rolled_back": (
        "CASE WHEN undone = 'bet' THEN -amount_minor ELSE 0 END",
        "CASE WHEN undone = 'win' THEN -amount_minor ELSE 0 END", "0", "0", "0",
    ),
    "prize_paid": ("0", "amount_minor", "0", "0", "0"),
    "deposit_approved": ("0", "0", "amount_minor", "0", "0"),
    "withdrawal_paid": ("0", "0", "0", "amount_minor", "0"),
}  # fmt: skip


def _select(known: Known) -> str:
    parts = " UNION ALL ".join(
        f"SELECT {known.day()} AS day, currency, {stake} AS stake, {win} AS win, {paid} AS paid, "
        f"{out} AS taken, {bets} AS bets, CASE WHEN {bets} = 1 THEN player_id END AS player "
        f"FROM k_{fact} WHERE {known.within()}"
        for fact, (stake, win, paid, out, bets) in _SUMS.items()
    )
    body = json_sql(
        currency="currency", stake_minor="sum(stake)::BIGINT", win_minor="sum(win)::BIGINT",
        deposit_minor="sum(paid)::BIGINT", withdrawal_minor="sum(taken)::BIGINT",
        bets="sum(bets)::BIGINT", players="count(DISTINCT player)",
    )  # fmt: skip
    return (
        f"SELECT day || ':' || currency AS key, day, {body} AS body FROM ({parts}) "
        "GROUP BY day, currency"
    )


KIND = RecordKind("operator_day_total", OperatorDayTotal, _select)
