"""A bonus from its grant to its end. Way: operations bonus_*, payments -> here -> rows.

    active -> completed | forfeited | expired

One bonus is active per player and currency, so all bonus money there is its own; a second grant is
refused, and whoever grants may ask again once the first has ended.

When it is complete is decided by a sweeper (core.ledger.bonus_sweeping), never at the bet: a bet
counts when it is placed, and might be cancelled a moment later. The sweeper takes only bonuses of
which no bet is open in a round that is, and names the versions of the player's funds it saw; if a
stake has been taken since, they differ and nothing happens until the next sweep. So no bet that can
still be cancelled completes a bonus. (A provider that rolls back settled bets weeks later changes
no ended bonus.)
What was wagered in time may be completed after the expiry, once its last bet has ended.
"""

from __future__ import annotations

from typing import Any

import msgspec

from core.bonuses.terms import DAY_US, BonusTerms, known_terms
from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Refused, Status
from core.ledger.posting import Posting
from core.ledger.rows import PLAYABLE, Bonus, Fund, House
from core.money import INT64_MAX


def want_bonus(call: Call, action: Action, wanted: Wanted) -> None:
    """Want the bonus that `bet_ref` names, and those that are active."""
    wanted.add(Bonus, call.player, action.bet_ref)
    wanted.of_players.add(Bonus)


def active_of(posting: Posting) -> Bonus | None:
    """Return the player's active bonus in the call's currency, over or not."""
    found = posting.books.of(Bonus, posting.call.player)
    mine = (b for b in found if b.state == "active" and b.currency == posting.call.currency)
    return next(mine, None)


def named_active(posting: Posting) -> Bonus:
    """Return the active bonus the action names.

    Raises:
        Refused: there is none, it has ended, or it is in another currency.
    """
    call, action = posting.call, posting.action
    bonus = posting.books.get(Bonus, call.player, action.bet_ref)
    if bonus is None:
        raise Refused(Status.STATE, f"no bonus {action.bet_ref}")
    if bonus.currency != call.currency:
        raise Refused(Status.OTHER_PLAYERS, f"bonus {bonus.bonus_id} is in {bonus.currency}")
    if bonus.state != "active":
        raise Refused(Status.STATE, f"bonus {bonus.bonus_id} is {bonus.state}")
    return bonus


def seen_version(posting: Posting) -> int:
    """Return how often the playable funds have changed: it rises with every stake."""
    call, books = posting.call, posting.books
    return sum(books.account(call.player, call.currency, fund).version for fund in PLAYABLE)


def begin_bonus(
    posting: Posting, terms: BonusTerms, bonus_id: str, funded_by: str | None = None
) -> None:
    """Let a bonus over the action's amount begin by terms, and say so downstream."""
    call, amount, multiple = posting.call, posting.action.amount, terms.release_multiple
    bonus = Bonus(
        player=call.player, bonus_id=bonus_id, currency=call.currency, code=terms.code,
        granted=amount, wagering_required=amount * terms.multiplier, wagered=0,
        contributions=msgspec.json.encode(dict(terms.contributions)).decode(),
        release_most=None if multiple is None else amount * multiple, state="active",
        granted_us=call.at_us, expires_us=call.at_us + terms.days * DAY_US, ended_us=None,
        funded_by=funded_by,
    )  # fmt: skip
    posting.books.put(bonus)
    posting.details |= {**said_of(bonus), "deposit_id": funded_by}


def end_bonus(posting: Posting, bonus: Bonus, state: str, *, is_released: bool) -> dict[str, Any]:
    """End a bonus; release its money to the player up to its bound, the rest goes to the house.

    Returns what downstream is told of it.
    """
    held = posting.books.balances(posting.call.player, posting.call.currency)
    of_bonus = held[Fund.LOCKED] + held[Fund.BONUS]
    at = posting.call.at_us
    ended = msgspec.structs.replace(bonus, state=state, ended_us=at)
    posting.books.put(ended)
    released = release(posting, ended, of_bonus) if is_released else 0
    changes = {Fund.LOCKED: -held[Fund.LOCKED], Fund.BONUS: -held[Fund.BONUS], Fund.REAL: released}
    posting.move(changes, House.BONUS)
    return {**said_of(bonus), "released": released}


def release(posting: Posting, bonus: Bonus, amount: int) -> int:
    """Count bonus money of a completed bonus; return how much of it is the player's.

    What is over the bound is the house's, so is what comes after the completion: a late win, a
    stake given back. Below 0 the amount is taken back, as if it had never come.
    """
    due = min(bonus.due + amount, INT64_MAX)
    posting.books.put(msgspec.structs.replace(bonus, due=due))
    return _bounded(bonus, due) - _bounded(bonus, bonus.due)


def _bounded(bonus: Bonus, due: int) -> int:
    return due if bonus.release_most is None else min(due, bonus.release_most)


def is_forfeited_by_withdrawal(bonus: Bonus) -> bool:
    """Return whether its terms end it with a payout; a code nobody declares does not.

    One that is wagered only waits for its completion: it is the player's.
    """
    terms = known_terms().get(bonus.code)
    is_wagered = bonus.wagered >= bonus.wagering_required
    return terms is not None and terms.is_forfeited_by_withdrawal and not is_wagered


def is_forfeited_by_charge_back(bonus: Bonus, payment_id: str) -> bool:
    """Return whether a deposit that is taken back ends it: one it was granted for does.

    Unless its terms keep it; a code nobody declares keeps nothing.
    """
    terms = known_terms().get(bonus.code)
    is_kept = terms is not None and terms.on_charge_back == "keep"
    return bonus.funded_by == payment_id and not is_kept


def said_of(bonus: Bonus) -> dict[str, Any]:
    """Return what every fact of a bonus needs, in ledger units."""
    return {
        "bonus_id": bonus.bonus_id, "code": bonus.code, "granted": bonus.granted,
        "required": bonus.wagering_required,
    }  # fmt: skip
