"""A visit, told on the local day it ended, with all its stakes and winnings summed."""

import msgspec

from pipelines.reporting.known import Known
from pipelines.reporting.record import RecordKind, json_sql


class GameSession(msgspec.Struct, forbid_unknown_fields=True):
    """Sums are of the facts that name the visit, voids taken back; else as the visit's end said."""

    player: str
    session: str
    started_us: int
    ended_us: int
    stake_minor: int
    win_minor: int
    currency: str


def _select(known: Known) -> str:
    first = (
        f"(SELECT coalesce(min(o - duration_s * 1000000), 0) FROM k_session_ended "
        f"WHERE {known.within()})"
    )
    moves = " UNION ALL ".join(
        f"SELECT player_id, session_id, {stake} AS stake, {win} AS win FROM k_{fact} "
        f"WHERE session_id IS NOT NULL AND o >= {first} - 86400000000"
        for fact, stake, win in (
            ("bet_placed", "amount_minor", "0"),
            ("bet_won", "0", "amount_minor"),
            ("bet_rolled_back", "CASE WHEN undone = 'bet' THEN -amount_minor ELSE 0 END",
             "CASE WHEN undone = 'win' THEN -amount_minor ELSE 0 END"),
        )
    )  # fmt: skip
    body = json_sql(
        player="p.pseudonym", session="e.session_id", started_us="e.o - e.duration_s * 1000000",
        ended_us="e.o", stake_minor="coalesce(m.stake, e.stake_minor)::BIGINT",
        win_minor="coalesce(m.win, e.win_minor)::BIGINT", currency="e.currency",
    )  # fmt: skip
    return (
        f"SELECT p.pseudonym || ':' || e.session_id AS key, {known.day('e.o')} AS day, {body} AS "
        "body FROM k_session_ended e JOIN pseudonym p USING (player_id) LEFT JOIN (SELECT "
        f"player_id, session_id, sum(stake) AS stake, sum(win) AS win FROM ({moves}) GROUP BY 1, 2"
        ") m ON m.player_id = e.player_id AND m.session_id = e.session_id "
        f"WHERE {known.within('e.o')} QUALIFY row_number() OVER (PARTITION BY e.player_id, "
        "e.session_id ORDER BY e.o DESC, e.event_id DESC) = 1"
    )


KIND = RecordKind("game_session", GameSession, _select)
