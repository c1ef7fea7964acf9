"""Money set aside: placed, then posted, voided or expired, exactly once. Way: operations -> here.

A hold moves real money to the reserved fund. A post takes all or part of it for play, the rest
comes back; a void or an expiry brings all back.
"""

from __future__ import annotations

import msgspec

from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Refused, Status
from core.ledger.posting import Posting
from core.ledger.rows import Fund, Hold, House


def want_hold(call: Call, action: Action, wanted: Wanted) -> None:
    """Want the hold that `bet_ref` names."""
    wanted.add(Hold, call.player, action.bet_ref)


def place_hold(posting: Posting, expires_us: int) -> None:
    """Set the action's amount aside until an instant (UTC microseconds).

    Raises:
        Refused: there is such a hold, nothing is to be held, or it would be over at once.
    """
    call, action = posting.call, posting.action
    if posting.books.get(Hold, call.player, action.bet_ref) is not None:
        raise Refused(Status.STATE, f"hold {action.bet_ref} is there already")
    if not action.amount or expires_us <= call.at_us:
        raise Refused(Status.REFUSED, "a hold needs an amount, and an end to come")
    posting.move({Fund.REAL: -action.amount, Fund.RESERVED: action.amount}, House.PLAY)
    posting.books.put(
        Hold(
            player=call.player, hold_id=action.bet_ref, currency=call.currency,
            amount=action.amount, state="pending", placed_us=call.at_us, expires_us=expires_us,
            ended_us=None,
        )
    )  # fmt: skip


def pending_hold(posting: Posting) -> Hold:
    """Return the hold the action is about.

    Raises:
        Refused: there is none, it is in another currency, or it has ended.
    """
    call, action = posting.call, posting.action
    hold = posting.books.get(Hold, call.player, action.bet_ref)
    if hold is None:
        raise Refused(Status.BET_MISSING, f"no hold {action.bet_ref}")
    if hold.currency != call.currency:
        raise Refused(Status.OTHER_PLAYERS, f"hold {hold.hold_id} is in {hold.currency}")
    if hold.state != "pending":
        raise Refused(Status.STATE, f"hold {hold.hold_id} is {hold.state}")
    return hold


def end_hold(posting: Posting, hold: Hold, state: str, *, taken: int = 0) -> None:
    """End a hold: what is taken goes into play, the rest back to real money."""
    rest = hold.amount - taken
    posting.move({Fund.RESERVED: -hold.amount, Fund.REAL: rest}, House.PLAY)
    posting.books.put(msgspec.structs.replace(hold, state=state, ended_us=posting.call.at_us))
