"""What players hold at the end of a period, from their money facts alone. Way: facts -> reports.

Real money is deposits, real winnings, prizes, released bonuses and money exchanged in, less real
stakes, requested withdrawals that were not given back, what was charged back and exchanged out.
Stakes of rounds still open have left the balance. Where facts of the beginning are missing the sum
is wrong, and mostly negative: negative balances are counted and shown, never netted.
"""

from __future__ import annotations

from pipelines.reporting.known import Known

READS = (
    "bet_placed", "bet_won", "bet_rolled_back", "prize_paid", "bonus_completed",
    "deposit_approved", "deposit_charged_back", "withdrawal_requested", "withdrawal_cancelled",
    "withdrawal_declined", "currency_exchanged",
)  # fmt: skip


def balances_sql(known: Known) -> str:
    """Return the SELECT of every player's real money at the end of the period: player_id, real."""
    taken = "amount_minor - coalesce(house_loss_minor, 0)"
    moves = {
        "bet_placed": "-wager_minor",
        "bet_won": "wager_minor",
        "bet_rolled_back": "CASE WHEN undone = 'bet' THEN wager_minor ELSE -wager_minor END",
        "prize_paid": "amount_minor",
        "bonus_completed": "turned_real_minor",
        "deposit_approved": "amount_minor",
        "deposit_charged_back": f"-({taken})",
        "withdrawal_requested": "-amount_minor",
        "withdrawal_cancelled": "amount_minor",
        "withdrawal_declined": "amount_minor",
        "currency_exchanged": "CASE WHEN side = 'sold' THEN -amount_minor ELSE amount_minor END",
    }
    end_us = known.scope.period.end_us
    parts = " UNION ALL ".join(
        f"SELECT player_id, currency, {sql} AS moved FROM k_{fact} WHERE o < {end_us}"
        for fact, sql in moves.items()
    )
    return f"SELECT player_id, currency, sum(moved) AS held FROM ({parts}) GROUP BY 1, 2"


def pending_sql(known: Known) -> str:
    """Return the SELECT of withdrawals asked for and neither paid nor given back: currency, sum."""
    end_us = known.scope.period.end_us
    settled = " UNION ALL ".join(
        f"SELECT payment_id FROM k_{fact} WHERE o < {end_us}"
        for fact in ("withdrawal_paid", "withdrawal_cancelled", "withdrawal_declined")
    )
    return (
        f"SELECT currency, sum(amount_minor), count(*) FROM k_withdrawal_requested WHERE o < "
        f"{end_us} AND payment_id NOT IN ({settled}) GROUP BY 1 ORDER BY 1"
    )
