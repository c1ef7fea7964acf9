"""Bonuses: offered, claimed with a deposit, wagered, ended. Way: wave, play -> here -> facts.

A claimed bonus is money on the balance that is staked first; what it wins stays bonus money. What
is left becomes cash when a multiple of the bonus has been staked, and is taken back when the player
cashes out before, has played all of it, or lets it expire. The multiple is low (6) because play is
thinned: one bet fact stands for several real bets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.campaigns import Wave, campaign_words
from pipelines.simulation.columns import Coded, Column
from pipelines.simulation.names import BONUS_KIND, token
from pipelines.simulation.places import SCALE
from pipelines.simulation.plan import MINUTE, SECOND, STEP_DAYS, Array
from pipelines.simulation.state import House
from pipelines.simulation.writing import Emitter

MULTIPLE, EXPIRES_STEPS, MOST_EUR = 6, 10, 100
CLAIMS = 0.42
COMPLETED = -1
REASONS = ("player", "expired", "withdrawal", "operator")
DRY, EXPIRED, CASHED_OUT = 0, 1, 2


@dataclass(slots=True)
class Bonuses:
    """Per player: the open offer (-1 none, else wave; -2 welcome) and the bonus being wagered."""

    offer: Array
    number: Array
    amount: Array
    fund: Array
    left: Array
    since: Array
    appetite: Array

    @property
    def is_active(self) -> Array:
        """Say who is wagering a bonus now."""
        return self.left > 0


NO_OFFER, WELCOME = -1, -2


def no_bonuses(house: House) -> Bonuses:
    """Everybody starts with the welcome offer, and differs in how much bonuses draw him."""
    n = house.population.count
    zero = np.zeros(n, dtype=np.int64)
    appetite = house.rng.beta(1.6, 2.2, n)
    return Bonuses(np.full(n, WELCOME), zero - 1, zero.copy(), zero.copy(), zero.copy(),
                   zero.copy(), appetite)  # fmt: skip


def offer(house: House, bonuses: Bonuses, wave: Wave) -> None:
    """Put the wave's bonus before those who were sent it."""
    new = wave.offered & ~bonuses.is_active
    bonuses.offer[new] = house.step // 4
    player = np.flatnonzero(new)
    at = house.step_start[player] + 19 * 60 * MINUTE
    house.journal.add("offer", player=player, at=at, wave=bonuses.offer[player])


def claim(house: House, bonuses: Bonuses, player: Array, size: Array, keen: Array) -> Array:
    """Let players of this step claim with their first deposit; return the bonus per slot.

    `keen` hold out for every bonus (hunters); the rest follow their appetite.
    """
    rng = house.rng
    wish = np.where(keen[player], 0.97, CLAIMS * 2 * bonuses.appetite[player])
    takes = (bonuses.offer[player] != NO_OFFER) & ~bonuses.is_active[player] & (size > 0)
    takes &= rng.random(len(player)) < wish
    most = MOST_EUR * 100 * SCALE[house.population.place[player]]
    amount = np.where(takes, np.minimum(size, most), 0)
    who = player[takes]
    bonuses.amount[who] = bonuses.fund[who] = amount[takes]
    bonuses.left[who] = amount[takes] * MULTIPLE
    bonuses.since[who] = house.step
    bonuses.number[who] = house.journal.count("claim") + np.arange(len(who))
    at = house.opened_at[who] + 14 * SECOND
    house.journal.add("claim", player=who, wave=bonuses.offer[who], amount=amount[takes], at=at,
                      number=bonuses.number[who])  # fmt: skip
    bonuses.offer[who] = NO_OFFER
    return amount


def progress(house: House, bonuses: Bonuses, staked: Array, closed_at: Array) -> None:
    """Count stakes towards the requirement and end what is done, dry or too old."""
    active = bonuses.is_active & (staked > 0)
    who = np.flatnonzero(active)
    house.journal.add("wagered", player=who, at=closed_at[who] - SECOND,
                      wagered=np.minimum(staked[who], bonuses.left[who]),
                      number=bonuses.number[who], amount=bonuses.amount[who])  # fmt: skip
    met = active & (staked >= bonuses.left)
    bonuses.left = np.where(bonuses.is_active & ~met, np.maximum(bonuses.left - staked, 1), 0)
    _end(house, bonuses, np.flatnonzero(met), closed_at, COMPLETED)
    floor = house.population.stake_units * 10
    spent = (bonuses.fund == 0) | (house.state.balance < floor)
    dry = bonuses.is_active & (closed_at > 0) & spent
    old = bonuses.is_active & ~dry & (house.step - bonuses.since > EXPIRES_STEPS)
    for reason, lost in ((DRY, dry), (EXPIRED, old)):
        forfeit(house, bonuses, np.flatnonzero(lost), closed_at, reason)


def forfeit(house: House, bonuses: Bonuses, player: Array, closed_at: Array, reason: int) -> None:
    """Take what is left of the bonus money off the balance."""
    rest = np.minimum(house.state.balance[player], bonuses.fund[player])
    house.state.balance[player] -= rest
    bonuses.left[player] = 0
    _end(house, bonuses, player, closed_at, reason)


def _end(house: House, bonuses: Bonuses, player: Array, closed_at: Array, ending: int) -> None:
    quiet = np.maximum(house.step_start, house.state.last_end)[player] + STEP_DAYS * MINUTE
    at = np.where(closed_at[player] > 0, closed_at[player], quiet)
    turned = np.minimum(house.state.balance, bonuses.fund)[player]
    bonuses.fund[player] = 0
    house.journal.add("bonus_end", player=player, at=at, number=bonuses.number[player],
                      amount=bonuses.amount[player], turned=turned,
                      ending=np.full(len(player), ending))  # fmt: skip


def emit_bonuses(house: House, emitter: Emitter) -> None:
    """Write offers, claims, progress and ends of the block's bonuses."""
    claims = house.journal.take("claim")
    _emit_offers(house, emitter)
    if claims is None:
        return
    wave = claims["wave"]
    emitter.emit("bonus_claimed", claims["player"], claims["at"],
                 **_about(house, wave, claims["number"], claims["amount"]),
                 required_wagering_minor=claims["amount"] * MULTIPLE)  # fmt: skip
    if rows := house.journal.take("wagered"):
        emitter.emit("bonus_wagered", rows["player"], rows["at"],
                     **_about(house, wave[rows["number"]], rows["number"], rows["amount"]),
                     wagered_minor=rows["wagered"])  # fmt: skip
    if rows := house.journal.take("bonus_end"):
        _emit_ends(house, emitter, wave, rows)


def _emit_ends(house: House, emitter: Emitter, wave: Array, rows: dict[str, Array]) -> None:
    for fact, chosen in (
        ("bonus_completed", rows["ending"] == COMPLETED),
        ("bonus_forfeited", rows["ending"] != COMPLETED),
    ):
        part = {name: column[chosen] for name, column in rows.items()}
        about = _about(house, wave[part["number"]], part["number"], part["amount"])
        if fact == "bonus_completed":
            about["turned_real_minor"] = part["turned"]
        else:
            about["reason"] = Coded(part["ending"], REASONS)
        emitter.emit(fact, part["player"], part["at"], **about)


def _emit_offers(house: House, emitter: Emitter) -> None:
    """Every account meets the welcome offer; waves add theirs. Unclaimed ones have their own id."""
    people = house.population
    most = MOST_EUR * 100 * SCALE[people.place]
    everyone = np.arange(people.count)
    player, at, wave = everyone, people.registered_at + MINUTE, np.full(people.count, WELCOME)
    if rows := house.journal.take("offer"):
        player = np.r_[player, rows["player"]]
        at, wave = np.r_[at, rows["at"]], np.r_[wave, rows["wave"]]
    number = np.arange(len(player)) + (1 << 23)
    emitter.emit("bonus_offered", player, at, **_about(house, wave, number, most[player]),
                 required_wagering_minor=most[player] * MULTIPLE)  # fmt: skip


def _about(house: House, wave: Array, number: Array, amount: Array) -> dict[str, Column]:
    words = campaign_words(house)
    named = np.where(wave == WELCOME, len(words), wave)
    return {
        "bonus_id": Coded(named, [*(f"bonus_{word}" for word in words), "welcome_100"]),
        "user_bonus_id": token(BONUS_KIND, house.number, number),
        "amount_minor": amount,
        "product": "casino",
        "bonus_type": "deposit_match",
        "campaign_id": Coded(np.where(wave == WELCOME, -1, wave), words),
    }
