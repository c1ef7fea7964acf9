"""A jackpot paid."""

import msgspec

from pipelines.reporting.known import Known
from pipelines.reporting.record import RecordKind, json_sql


class Jackpot(msgspec.Struct, forbid_unknown_fields=True):
    """What was paid, of which game; `type` as the provider named it."""

    player: str
    at_us: int
    game: str | None
    type: str
    amount_minor: int
    currency: str


def _select(known: Known) -> str:
    body = json_sql(
        player="p.pseudonym", at_us="o", game="game_id", type="kind", amount_minor="amount_minor",
        currency="currency",
    )  # fmt: skip
    return (
        f"SELECT event_id::VARCHAR AS key, {known.day()} AS day, {body} AS body FROM k_prize_paid "
        f"JOIN pseudonym p USING (player_id) WHERE {known.within()} AND kind LIKE '%jackpot%'"
    )


KIND = RecordKind(
    "jackpot", Jackpot, _select,
    if_none="no prize in the period was called a jackpot; no fact tells of contributions or pots",
)  # fmt: skip
