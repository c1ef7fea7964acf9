"""A round of a player, told on the local day of its first stake or win.

A win or a void that comes later belongs to it and replaces its record. A round is taken to be no
longer than 31 days: what was staked earlier is not looked for.
"""

import msgspec

from core.compliance.calendar import DAY_US
from pipelines.reporting.known import Known
from pipelines.reporting.record import RecordKind, json_sql

LONGEST_US = 31 * DAY_US


class Round(msgspec.Struct, forbid_unknown_fields=True):
    """`stake_minor` and `win_minor` as they stand after voids; `bonus_` the parts under a bonus."""

    player: str
    round: str
    game: str
    game_type: str
    first_us: int
    last_us: int
    bets: int
    stake_minor: int
    win_minor: int
    bonus_stake_minor: int
    bonus_win_minor: int
    voided: int
    currency: str


def _select(known: Known) -> str:
    bonus = "(bonus_wager_minor + locked_wager_minor)"
    is_bet = "CASE WHEN undone = 'bet' THEN 1 ELSE 0 END"
    signs = {
        "bet_placed": ("1", "0", "1", "0"),
        "bet_won": ("0", "1", "0", "0"),
        "bet_rolled_back": (f"-({is_bet})", f"({is_bet}) - 1", "0", "1"),
    }
    since = known.scope.period.start_us - LONGEST_US
    plays = " UNION ALL ".join(
        f"SELECT player_id, round_id, event_id, game_id, game_type, currency, o, {bet} * "
        f"amount_minor AS stake, {win} * amount_minor AS win, {bet} * {bonus} AS bonus_stake, "
        f"{win} * {bonus} AS bonus_win, {n} AS bets, {void} AS voids FROM k_{fact} "
        f"WHERE o >= {since}"
        for fact, (bet, win, n, void) in signs.items()
    )
    sums = ", ".join(
        f"sum({name})::BIGINT AS {name}"
        for name in ("stake", "win", "bonus_stake", "bonus_win", "bets", "voids")
    )
    body = json_sql(
        player="p.pseudonym", round="round_id", game="game", game_type="game_type",
        first_us="first_us", last_us="last_us", bets="bets", stake_minor="stake", win_minor="win",
        bonus_stake_minor="bonus_stake", bonus_win_minor="bonus_win", voided="voids",
        currency="currency",
    )  # fmt: skip
    return (
        f"SELECT p.pseudonym || ':' || round_id AS key, {known.day('first_us')} AS day, {body} AS "
        "body FROM (SELECT player_id, round_id, min(game_id) AS game, min(game_type) AS game_type, "
        f"min(currency) AS currency, min(o) AS first_us, max(o) AS last_us, {sums} FROM ({plays}) "
        f"GROUP BY 1, 2) JOIN pseudonym p USING (player_id) WHERE {known.within('first_us')}"
    )


KIND = RecordKind("round", Round, _select)
