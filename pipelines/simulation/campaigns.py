"""Messages with real effects. Way: calendar, consent -> here -> activity, offers, returns.

A wave every 12 days, in turn a newsletter, a deposit bonus, a call back to lapsed players. Who of
those reachable gets it is a fair coin of 45 %, so effects can be measured against the rest; truth
holds both groups. Effects on sessions per day fade by half every step. Sizes are invented.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.columns import Coded, Column
from pipelines.simulation.plan import DAY, HOUR, MINUTE, Array
from pipelines.simulation.state import House
from pipelines.simulation.writing import Emitter, keep_rows

WAVE_STEPS, TREATED = 4, 0.45
NEWSLETTER, RELOAD, CALL_BACK = range(3)
KINDS = ("newsletter", "reload_bonus", "call_back")
UPLIFT = np.array([0.06, 0.30, 0.0])
"""Added log-intensity in the first step after the message."""
CALLED_BACK = 4.0
"""How much likelier a lapsed player returns in the step of a call."""
CHANNELS = ("email", "sms", "telephone", "post_mail", "site_notification", "push_notification")
CHANNEL_OF_KIND = np.array([0, 5, 1])
RESPONSES = ("opened", "clicked", "converted", "unsubscribed")


@dataclass(slots=True)
class Wave:
    """What a step's messages do: log-uplift that stands, who got an offer, who was called back."""

    warmth: Array
    offered: Array
    called: Array


def quiet_wave(count: int) -> Wave:
    """Return the wave of a step without messages."""
    return Wave(np.zeros(count), np.zeros(count, dtype=bool), np.ones(count))


def next_wave(house: House, last: Wave) -> Wave:
    """Let the last wave fade and send a new one when it is time."""
    wave = quiet_wave(house.population.count)
    wave.warmth = last.warmth * 0.5
    if house.step % WAVE_STEPS == WAVE_STEPS - 1:
        _send(house, wave, (house.step // WAVE_STEPS) % len(KINDS))
    return wave


def _send(house: House, wave: Wave, kind: int) -> None:
    population, state, rng = house.population, house.state, house.rng
    reachable = population.consent[:, CHANNEL_OF_KIND[kind]] & house.may_play
    reachable &= population.registered_at < house.step_start
    reachable &= state.lapsed if kind == CALL_BACK else ~state.lapsed
    treated = reachable & (rng.random(population.count) < TREATED)
    wave.warmth += treated * UPLIFT[kind]
    wave.offered = treated & (kind == RELOAD)
    wave.called = np.where(treated & (kind == CALL_BACK), CALLED_BACK, 1.0)
    player = np.flatnonzero(reachable)
    at = house.step_start[player] + rng.integers(9 * HOUR, 18 * HOUR, len(player))
    number = np.full(len(player), house.step // WAVE_STEPS)
    house.journal.add("campaign", player=player, at=at, number=number,
                      kind=np.full(len(player), kind), treated=treated[player])  # fmt: skip


def campaign_words(house: House) -> list[str]:
    """Name all waves of the stretch."""
    return [f"c{number:03d}_{KINDS[number % len(KINDS)]}"
            for number in range(house.plan.steps // WAVE_STEPS + 1)]  # fmt: skip


def emit_campaigns(house: House, emitter: Emitter) -> None:
    """Write messages sent, and what players did with them, in the order they do it."""
    rows = house.journal.take("campaign")
    if rows is None:
        return
    house.journal.add("campaign_truth", **rows)
    rows = {name: column[rows["treated"]] for name, column in rows.items()}
    rng, n, player = house.rng, len(rows["player"]), rows["player"]
    alive = rows["at"] < house.state.blocked_from[player]
    about: dict[str, Column] = {
        "campaign_id": Coded(rows["number"].astype(np.int32), campaign_words(house)),
        "channel": Coded(CHANNEL_OF_KIND[rows["kind"]], CHANNELS),
    }
    _emit_some(emitter, "campaign_sent", alive, (player, rows["at"]), about)
    opened = alive & (rng.random(n) < 0.34)
    clicked = opened & (rng.random(n) < 0.28)
    converted = clicked & (rng.random(n) < 0.35)
    left = opened & ~clicked & (rng.random(n) < 0.01)
    at = rows["at"] + (rng.gamma(1.2, 6.0, n) * HOUR).astype(np.int64)
    for code, (who, delay) in enumerate(
        ((opened, 0), (clicked, MINUTE), (converted, 2 * HOUR), (left, 2 * MINUTE))
    ):
        response = Coded(np.full(n, code), RESPONSES)
        _emit_some(emitter, "campaign_responded", who, (player, at + delay),
                   {**about, "response": response})  # fmt: skip
    _emit_leaving(house, emitter, player[left], at[left] + 3 * MINUTE)


def _emit_some(
    emitter: Emitter, fact: str, who: Array, when: tuple[Array, Array], about: dict[str, Column]
) -> None:
    player, at = when
    columns = {name: keep_rows(column, who) for name, column in about.items()}
    emitter.emit(fact, player[who], at[who], **columns)


def emit_consents(house: House, emitter: Emitter) -> None:
    """Write the consents players gave while registering."""
    player = np.arange(house.population.count)
    consent = house.population.consent.T
    emitter.emit("player_consents_changed", player, house.population.registered_at + MINUTE // 2,
                 **dict(zip(CHANNELS, consent, strict=True)))  # fmt: skip


def _emit_leaving(house: House, emitter: Emitter, player: Array, at: Array) -> None:
    consent = house.population.consent[player].copy()
    consent[:, 0] = False
    emitter.emit("player_consents_changed", player, np.minimum(at, at + DAY),
                 **dict(zip(CHANNELS, consent.T, strict=True)))  # fmt: skip
