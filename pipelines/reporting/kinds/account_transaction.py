"""A movement of a player's money: one record per fact."""

import msgspec

from pipelines.reporting.known import Known
from pipelines.reporting.record import RecordKind, json_sql


class AccountTransaction(msgspec.Struct, forbid_unknown_fields=True):
    """`amount_minor` is signed as the player sees it; `bonus_minor` the part under a bonus."""

    player: str
    at_us: int
    type: str
    amount_minor: int
    bonus_minor: int
    currency: str
    reference: str


_BONUS = "bonus_wager_minor + locked_wager_minor"
_MOVES = {
    "deposit_approved": ("'deposit'", "amount_minor", "0", "payment_id"),
    "withdrawal_paid": ("'withdrawal'", "-amount_minor", "0", "payment_id"),
    "deposit_charged_back": ("'charge_back'", "-amount_minor", "0", "payment_id"),
    "bet_placed": ("'stake'", "-amount_minor", f"-({_BONUS})", "round_id"),
    "bet_won": ("'prize'", "amount_minor", _BONUS, "round_id"),
    "bet_rolled_back": (
        "'void_' || undone", "CASE WHEN undone = 'bet' THEN amount_minor ELSE -amount_minor END",
        f"CASE WHEN undone = 'bet' THEN {_BONUS} ELSE -({_BONUS}) END", "round_id",
    ),
    "prize_paid": ("'prize_' || kind", "amount_minor", "0", "activity_id"),
    "bonus_completed": ("'bonus_released'", "turned_real_minor", "0", "user_bonus_id"),
}  # fmt: skip


def _select(known: Known) -> str:
    body = json_sql(
        player="p.pseudonym", at_us="o", type="type", amount_minor="amount", bonus_minor="bonus",
        currency="currency", reference="reference",
    )  # fmt: skip
    parts = " UNION ALL ".join(
        f"SELECT event_id::VARCHAR AS key, {known.day()} AS day, player_id, o, {kind} AS type, "
        f"{amount} AS amount, {bonus} AS bonus, currency, {reference} AS reference FROM k_{fact} "
        f"WHERE {known.within()}"
        for fact, (kind, amount, bonus, reference) in _MOVES.items()
    )
    return f"SELECT key, day, {body} AS body FROM ({parts}) JOIN pseudonym p USING (player_id)"


KIND = RecordKind("account_transaction", AccountTransaction, _select)
