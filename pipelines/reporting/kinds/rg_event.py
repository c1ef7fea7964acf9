"""What a player or the house did for his protection."""

import msgspec

from pipelines.reporting.known import Known
from pipelines.reporting.record import RecordKind, json_sql


class RgEvent(msgspec.Struct, forbid_unknown_fields=True):
    """`event` is the fact; `detail` says of what kind, `until_us` when it ends."""

    player: str
    at_us: int
    event: str
    detail: str
    amount_minor: int | None
    limit_s: int | None
    until_us: int | None
    currency: str | None


_NONE = ("NULL::BIGINT", "NULL::BIGINT", "NULL::BIGINT", "NULL::VARCHAR")
_LIMIT = "concat_ws(' ', kind, period"
_UNTIL = (*_NONE[:2], "epoch_us(until_at)", _NONE[3])
_EVENTS = {
    "limit_set": (f"{_LIMIT}, change)", "amount_minor", "limit_s", "NULL::BIGINT", "currency"),
    "limit_increase_requested": (
        f"{_LIMIT})", "amount_minor", "NULL::BIGINT", "NULL::BIGINT", "currency",
    ),
    "limit_hit": (f"{_LIMIT})", *_NONE),
    "limit_override_attempted": ("concat_ws(' ', kind, actor)", *_NONE),
    "player_self_excluded": ("concat_ws(' ', scope, register)", *_UNTIL),
    "player_timed_out": ("''", *_UNTIL),
    "player_exclusion_ended": ("scope", *_NONE),
    "reality_check_shown": ("response", *_NONE),
}  # fmt: skip


def _select(known: Known) -> str:
    body = json_sql(
        player="p.pseudonym", at_us="o", event="event", detail="detail", amount_minor="amount",
        limit_s="seconds", until_us="until_us", currency="currency",
    )  # fmt: skip
    parts = " UNION ALL ".join(
        f"SELECT event_id::VARCHAR AS key, {known.day()} AS day, player_id, o, '{fact}' AS event, "
        f"{detail} AS detail, {amount} AS amount, {seconds} AS seconds, {until} AS until_us, "
        f"{currency} AS currency FROM k_{fact} WHERE {known.within()}"
        for fact, (detail, amount, seconds, until, currency) in _EVENTS.items()
    )
    return f"SELECT key, day, {body} AS body FROM ({parts}) JOIN pseudonym p USING (player_id)"


KIND = RecordKind("rg_event", RgEvent, _select)
