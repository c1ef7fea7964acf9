"""What surrounds a session. Way: sessions of the journal -> here -> facts beside play.

Logins that fail first, games launched, reality checks every half hour, looks at the exclusion page
(a marker of harm: far more often in the hidden states than outside), attempts to get round a limit.
"""

from __future__ import annotations

import numpy as np

from pipelines.simulation.columns import Coded
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
from pipelines.simulation.identities import PER_PLAYER, Identities
from pipelines.simulation.names import SESSION_KIND, token
from pipelines.simulation.plan import MINUTE, SECOND, Array
from pipelines.simulation.state import House
from pipelines.simulation.writing import Emitter

LOOKS = np.array([0.0012, 0.012, 0.045])
CHECK_EVERY = 30 * MINUTE
STOPS = np.array([0.25, 0.15, 0.07])
TRIES_TO_OVERRIDE = np.array([0.0, 0.0006, 0.0025])


def emit_visits(house: House, emitter: Emitter, who: Identities, rows: dict[str, Array]) -> None:
    """Write everything around the block's sessions but the sessions themselves."""
    _emit_launches(house, emitter, rows)
    _emit_reality_checks(house, emitter, rows)
    _emit_looks(house, emitter, rows)
    _emit_failed_logins(house, emitter, who, rows)
    tries = _drawn(house, TRIES_TO_OVERRIDE[rows["harm"]])
    emitter.emit("limit_override_attempted", rows["player"][tries], rows["end"][tries] - SECOND,
                 kind="deposit", actor="player")  # fmt: skip


def _drawn(house: House, chance: Array) -> Array:
    return np.flatnonzero(house.rng.random(len(chance)) < chance)


def _emit_launches(house: House, emitter: Emitter, rows: dict[str, Array]) -> None:
    played, again = rows["bets"] > 0, rows["switched"] & (rows["bets"] > 0)
    for place, chosen in ((0, np.flatnonzero(played)), (1, np.flatnonzero(again))):
        game = rows["games"][chosen, place]
        kind = CLASS_OF_GAME[game]
        at = rows["start"][chosen] + (10 + place) * SECOND
        at += place * ((rows["end"] - rows["start"])[chosen] // 2)
        emitter.emit("game_launched", rows["player"][chosen], at,
                     session_id=token(SESSION_KIND, house.number, chosen),
                     game_id=Coded(game.astype(np.int32), GAME_IDS),
                     vendor_id=Coded(VENDOR_OF_GAME[game], VENDORS),
                     game_type=Coded(TYPE_OF_CLASS[kind], GAME_TYPES),
                     volatility=Coded(VOLATILITY_OF_CLASS[kind], VOLATILITIES))  # fmt: skip


def _emit_reality_checks(house: House, emitter: Emitter, rows: dict[str, Array]) -> None:
    count = (rows["end"] - rows["start"]) // CHECK_EVERY
    session = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(session)) - np.repeat(np.cumsum(count) - count, count)
    at = rows["start"][session] + (rank + 1) * CHECK_EVERY
    is_last = rank == count[session] - 1
    stops = is_last & (house.rng.random(len(session)) < 2 * STOPS[rows["harm"][session]])
    ignores = house.rng.random(len(session)) < 0.15
    response = np.where(stops, 1, np.where(ignores, 2, 0))
    emitter.emit("reality_check_shown", rows["player"][session], at,
                 session_id=token(SESSION_KIND, house.number, session),
                 response=Coded(response, ("continued", "stopped", "ignored")))  # fmt: skip


def _emit_looks(house: House, emitter: Emitter, rows: dict[str, Array]) -> None:
    tools = house.population.expression[rows["player"], 5]
    looks = _drawn(house, LOOKS[rows["harm"]] * np.where(rows["harm"] > 0, tools, 1.0))
    emitter.emit("exclusion_page_viewed", rows["player"][looks],
                 rows["end"][looks] - 2 * SECOND, completed=False)  # fmt: skip


def _emit_failed_logins(
    house: House, emitter: Emitter, who: Identities, rows: dict[str, Array]
) -> None:
    player = rows["player"]
    fails = _drawn(house, np.where(who.is_cards_thief[player], 0.12, 0.025))
    reason = house.rng.choice(3, len(fails), p=(0.86, 0.05, 0.09))
    home = who.device_owner[player[fails]] * PER_PLAYER
    emitter.emit("player_login_failed", player[fails], rows["start"][fails] - 20 * SECOND,
                 reason=Coded(reason, ("wrong_secret", "locked", "unknown_device")),
                 device_id=who.device_column(house.number, home),
                 ip=who.address_column(house.number, who.address_owner[player[fails]] * PER_PLAYER),
                 )  # fmt: skip
