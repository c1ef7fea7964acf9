"""What limit stands at an instant. Way: standing.limits -> here -> checks, the fold `limits`.

A raise takes effect by being read: nobody sets a timer. It stands from its instant on, unless it
still wants the player's confirmation or a talk with staff, which a fold writes down.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.compliance.standing import Limit, PendingLimit, Standing, with_changes

RAISE_ASKED = "LIMIT_INCREASE_REQUESTED"
"""The event of a finding that puts a raise off."""
NEEDS_CONFIRMATION = "CONFIRMATION_REQUIRED"
"""The event of a finding that puts a raise off until the player says again that he wants it."""
NEEDS_CONTACT = "CONTACT_REQUIRED"
"""The event of a finding that puts a limit off until staff has spoken with the player."""


def stands(pending: PendingLimit, at_us: int) -> bool:
    """Say whether a pending limit has become the limit.

    >>> wish = PendingLimit(amount=200, asked_us=0, effective_us=10, rule="R")
    >>> stands(wish, 9), stands(wish, 10)
    (False, True)
    """
    if pending.needs_confirmation or pending.needs_contact:
        return False
    return at_us >= pending.effective_us


def has_lapsed(pending: PendingLimit, at_us: int) -> bool:
    """Say whether a wish was left unconfirmed for too long and is void."""
    until_us = pending.confirm_by_us
    return pending.needs_confirmation and until_us is not None and at_us >= until_us


def amount_at(limit: Limit, at_us: int) -> int | None:
    """Return the amount in force at an instant, null if there is none.

    >>> wish = PendingLimit(amount=None, asked_us=0, effective_us=10, rule="R")
    >>> day = Limit(limit="deposit", period="day", amount=50, set_us=0, pending=wish)
    >>> amount_at(day, 9), amount_at(day, 10)
    (50, None)
    """
    pending = limit.pending
    return limit.amount if pending is None or not stands(pending, at_us) else pending.amount


def settled(limit: Limit, at_us: int) -> Limit:
    """Return a limit with a wish whose time has come taken in, and one that has lapsed dropped."""
    pending = limit.pending
    if pending is None:
        return limit
    if stands(pending, at_us):
        return with_changes(limit, amount=pending.amount, set_us=pending.effective_us, pending=None)
    return with_changes(limit, pending=None) if has_lapsed(pending, at_us) else limit


def limit_at(
    standing: Standing, limit: str, period: str, at_us: int, *, scope: str = "account"
) -> int | None:
    """Return the amount in force of one limit of a player, null if he has none."""
    held = standing.limit_of(limit, period, scope)
    return None if held is None else amount_at(held, at_us)


def due(standing: Standing, at_us: int) -> Iterator[Limit]:
    """Yield the limits whose pending amount has come to stand and was not yet taken in."""
    for limit in standing.limits:
        if limit.pending is not None and stands(limit.pending, at_us):
            yield limit


def is_raise(now: int | None, asked: int | None) -> bool:
    """Say whether a wish loosens: a first limit, an equal or a lower one do not.

    >>> is_raise(None, 50), is_raise(50, 50), is_raise(50, 51), is_raise(50, None)
    (False, False, True, True)
    """
    if now is None:
        return False
    return asked is None or asked > now
