"""Sessions, bets and wins as facts. Way: journal -> here -> raw facts.

A lost bet has no win fact. A session's sums are those of its bets, rolled-back ones included.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipelines.simulation.columns import Coded, Column, tokens
from pipelines.simulation.games import (
    CLASS_OF_GAME,
    GAME_IDS,
    GAME_TYPES,
    TYPE_OF_CLASS,
    VENDOR_OF_GAME,
    VENDORS,
    VOLATILITIES,
    VOLATILITY_OF_CLASS,
)
from pipelines.simulation.identities import DEVICE_TYPES, Identities, seen_at
from pipelines.simulation.names import BET_KIND, ROUND_KIND, SESSION_KIND, token
from pipelines.simulation.plan import HOUR, SECOND, Array
from pipelines.simulation.recording import night_s
from pipelines.simulation.state import House
from pipelines.simulation.writing import Emitter, keep_rows

FIRST_ROLLBACK = 1 << 23
"""Numbers of undone bets start here; a block stays far below it with its own bets."""


def local_hour(house: House, player: Array, at: Array) -> Array:
    """Hour 0-23 on the player's own clock."""
    return (at + house.population.offset_us[player]) // HOUR % 24


def session_words(house: House, count: int) -> pa.Array:
    """Return the ids of the block's sessions in their order."""
    return tokens(token(SESSION_KIND, house.number, np.arange(count)).numbers)


def emit_sessions(house: House, emitter: Emitter, who: Identities, rows: dict[str, Array]) -> None:
    """Write logins, devices, session starts and ends of the block."""
    player, start, end = rows["player"], rows["start"], rows["end"]
    ids = Coded(np.arange(len(player)), session_words(house, len(player)))
    seen = seen_at(who, player, house.rng)
    hour = local_hour(house, player, start)
    place: dict[str, Column] = {
        "device_id": who.device_column(house.number, seen.device),
        "device_type": Coded(seen.device_type, DEVICE_TYPES),
        "ip": who.address_column(house.number, seen.address),
    }
    emitter.emit("player_logged_in", player, start - 4 * SECOND, **place, local_hour=hour,
                 is_impersonated=False)  # fmt: skip
    emitter.emit("session_started", player, start, session_id=ids, local_hour=hour, **place)
    rows["device"] = seen.device
    _emit_devices(house, emitter, rows, place)
    shift = house.population.offset_us[player]
    emitter.emit("session_ended", player, end, session_id=ids, duration_s=(end - start) // SECOND,
                 night_s=night_s(start + shift, end + shift), bet_count=rows["bets"],
                 stake_minor=rows["stake"], win_minor=rows["win"],
                 deposit_count=rows["deposits"], balance_start_minor=rows["balance_start"],
                 balance_end_minor=rows["balance_end"], chased_count=rows["chased"],
                 depleted=rows["depleted"], local_hour=hour)  # fmt: skip


def _emit_devices(
    house: House, emitter: Emitter, rows: dict[str, Array], place: dict[str, Column]
) -> None:
    """Fingerprint every player's first session and a good third of the others."""
    player = rows["player"]
    is_first = np.zeros(len(player), dtype=bool)
    is_first[np.unique(player, return_index=True)[1]] = True
    taken = is_first | (house.rng.random(len(player)) < 0.35)
    emitter.emit("device_seen", player[taken], rows["start"][taken] - 3 * SECOND,
                 **{name: keep_rows(column, taken) for name, column in place.items()})  # fmt: skip


def emit_bets(house: House, emitter: Emitter, sessions: dict[str, Array]) -> None:
    """Write bets and wins of the block; the largest facts, so columns are made once and shared."""
    rows = house.journal.take("bets")
    if rows is None:
        return
    words = session_words(house, len(sessions["player"]))
    number = np.arange(len(rows["at"]))
    player = sessions["player"][rows["session"]]
    hour = local_hour(house, player, rows["at"])
    emitter.emit("bet_placed", player, rows["at"], **_play(house, rows, number, words),
                 amount_minor=rows["stake"], wager_minor=rows["stake"] - rows["bonus"],
                 bonus_wager_minor=rows["bonus"],
                 balance_after_minor=rows["after"] - rows["win"], local_hour=hour)  # fmt: skip
    _emit_rollbacks(house, emitter, player, rows, words)
    won = np.flatnonzero(rows["win"])
    rows = {name: column[won] for name, column in rows.items()}
    at = rows["at"] + house.rng.integers(SECOND // 2, 3 * SECOND, len(won))
    emitter.emit("bet_won", player[won], at, **_play(house, rows, number[won], words),
                 amount_minor=rows["win"], wager_minor=rows["win"] - rows["bonus_win"],
                 bonus_wager_minor=rows["bonus_win"],
                 balance_after_minor=rows["after"])  # fmt: skip


def _emit_rollbacks(
    house: House, emitter: Emitter, player: Array, rows: dict[str, Array], words: pa.Array
) -> None:
    """Undo the bets the provider called back; the stake was returned when the step closed."""
    back = np.flatnonzero(rows["rolled_back"])
    rows = {name: column[back] for name, column in rows.items()}
    at = rows["at"] + house.rng.integers(5 * SECOND, 60 * SECOND, len(back))
    columns = _play(house, rows, back + FIRST_ROLLBACK, words)
    columns["round_id"] = token(ROUND_KIND, house.number, back)
    emitter.emit("bet_rolled_back", player[back], at, **columns, amount_minor=rows["stake"],
                 wager_minor=rows["stake"] - rows["bonus"], bonus_wager_minor=rows["bonus"],
                 reference_activity_id=token(BET_KIND, house.number, back))  # fmt: skip


def _play(
    house: House, rows: dict[str, Array], number: Array, words: pa.Array
) -> dict[str, Column]:
    kind = CLASS_OF_GAME[rows["game"]]
    return {
        "activity_id": token(BET_KIND, house.number, number),
        "round_id": token(ROUND_KIND, house.number, number),
        "game_id": Coded(rows["game"].astype(np.int32), GAME_IDS),
        "vendor_id": Coded(VENDOR_OF_GAME[rows["game"]], VENDORS),
        "locked_wager_minor": 0,
        "game_name": None,
        "game_type": Coded(TYPE_OF_CLASS[kind], GAME_TYPES),
        "volatility": Coded(VOLATILITY_OF_CLASS[kind], VOLATILITIES),
        "session_id": Coded(rows["session"], words),
    }
