"""What a player's holds say at an instant. Way: standing -> here -> checks, CRM, score gate.

Plain questions about breaks and exclusions, for whoever needs no rule to answer them. Instants are
UTC microseconds; ask with the instant of judgement (`Case.at_us`), which never goes back.
"""

from __future__ import annotations

from collections.abc import Collection

from core.compliance.standing import Hold, Standing, is_in_force

EXCLUSIONS = frozenset({"operator_exclusion", "register_exclusion"})
"""Holds that expiry alone does not end everywhere; the rest are breaks that end by the clock."""


def in_force(standing: Standing, at_us: int, kinds: Collection[str] = ()) -> tuple[Hold, ...]:
    """Return the holds in force, of some kinds or (none given) of all."""
    if not standing.holds:
        return ()
    return tuple(
        hold
        for hold in standing.holds
        if (not kinds or hold.kind in kinds) and is_in_force(hold, at_us)
    )


def longest(holds: Collection[Hold]) -> Hold | None:
    """Return the hold that is over last, null if there is none; one without an end is the last."""
    return max(holds, key=ranks, default=None)


def is_excluded(standing: Standing, at_us: int) -> bool:
    """Say whether an exclusion, here or in a register, is in force."""
    return bool(in_force(standing, at_us, EXCLUSIONS))


def listed_in(standing: Standing, register: str, at_us: int) -> Hold | None:
    """Return the hold that a register's word put on a player, null if it has none on him."""
    found = in_force(standing, at_us, ("register_exclusion",))
    return longest([hold for hold in found if hold.register == register])


def suppresses_marketing(standing: Standing, at_us: int, least_us: int = 0) -> Hold | None:
    """Return the hold for whose sake nothing may be sent to a player, null if there is none.

    Every hold does, a break as an exclusion, until it is over; an exclusion that needs the player's
    own act to end is not over when its term is. `least_us` leaves out holds whose whole length is
    shorter, for rules that speak of long ones only.
    """
    found = in_force(standing, at_us)
    return longest([hold for hold in found if _is_long(hold, least_us)])


def length_us(hold: Hold) -> int | None:
    """Return a hold's whole length, null if no end is set."""
    return None if hold.until_us is None else hold.until_us - hold.since_us


def over_us(hold: Hold) -> int | None:
    """Return when a hold is over by what is known now, null if that depends on somebody's act."""
    ends = [hold.ended_us, hold.lift_from_us, hold.until_us if hold.ends_by == "clock" else None]
    return min((end for end in ends if end is not None), default=None)


def is_over(hold: Hold, at_us: int) -> bool:
    """Say whether a hold that began is over at an instant."""
    end_us = over_us(hold)
    return end_us is not None and end_us <= at_us


def ranks(hold: Hold) -> tuple[int, int]:
    """Return what orders holds by how long they bind, the longest last.

    Those that end by the clock come first, then those that need an act, by the end of their term,
    then those without a term.
    """
    end_us = over_us(hold)
    if end_us is not None:
        return 0, end_us
    return (2, 0) if hold.until_us is None else (1, hold.until_us)


def _is_long(hold: Hold, least_us: int) -> bool:
    length = length_us(hold)
    return length is None or length >= least_us or hold.ends_by != "clock"
