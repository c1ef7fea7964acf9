"""Which breaks and exclusions a player may take. Way: packs -> here -> checks/hold.

A break of a length that is not offered is refused with those that are: nobody is given another
length than he asked for.
"""

from __future__ import annotations

from typing import Literal

from core.compliance.calendar import term
from core.compliance.check import Case, Parameters
from core.compliance.request import Request
from core.compliance.requests.holds import ExclusionAsked, PanicPressed, TimeOutAsked
from core.compliance.standing import Hold
from core.errors import DeclarationError

EndsBy = Literal["clock", "act", "lift", "register", "registration"]
By = Literal["time_out_asked", "exclusion_asked", "panic_pressed"]
Asked = TimeOutAsked | ExclusionAsked | PanicPressed


class Offer(Parameters, frozen=True, kw_only=True):
    """The breaks of one kind that are offered, each length ISO 8601.

    Offered are `terms`, and any length within `least`, `longer_than` and `most` where one of them
    is given; with none of the four any length. `default` is the length where the player names none,
    else `is_endless` says whether he may ask for one without an end. An exclusion asked for while
    one runs is added to its end if `extension_least` allows it. `register` is told of it.
    """

    by: By
    event: str
    terms: tuple[str, ...] = ()
    least: str = ""
    longer_than: str = ""
    most: str = ""
    default: str = ""
    is_endless: bool = False
    extension_least: str = ""
    ends_by: EndsBy = "clock"
    endless_ends_by: EndsBy = "act"
    register: str = ""

    @property
    def has_bounds(self) -> bool:
        """Whether lengths between bounds are offered, not only those named."""
        return bool(self.least or self.longer_than or self.most) or not self.terms

    @property
    def told(self) -> str:
        """What is offered, in one line."""
        bounds = (("least", self.least), ("longer than", self.longer_than), ("most", self.most))
        parts = [*self.terms, *(f"{name} {bound}" for name, bound in bounds if bound)]
        return ", ".join(parts + (["no end"] if self.is_endless else []))


def asked_term(request: Request, offer: Offer) -> str:
    """Return the length a player wants, "" for no end."""
    said = request.term if isinstance(request, TimeOutAsked | ExclusionAsked) else None
    return said or offer.default


def end_of(case: Case, offer: Offer, running: Hold | None) -> tuple[bool, int | None]:
    """Say whether what is asked for is offered, and when it ends (null: never).

    `running` is an exclusion of the kind in force. One that has no end stays as it is.
    """
    wanted = asked_term(case.request, offer)
    if not wanted:
        return offer.is_endless, None
    if running is not None and offer.extension_least:
        return _extended(case, wanted, offer.extension_least, running)
    end_us = _later(case, wanted, case.at_us)
    is_named = any(_is_same(wanted, one) for one in offer.terms)
    is_offered = end_us is not None and (is_named or _is_within(case, offer, end_us))
    return is_offered, end_us


def _extended(
    case: Case, wanted: str, least: str, running: Hold
) -> tuple[bool, int | None]:  # fmt: skip
    if running.until_us is None:
        return True, None
    from_us = max(case.at_us, running.until_us)
    end_us = _later(case, wanted, from_us)
    return end_us is not None and end_us >= case.later(least, from_us), end_us


def _is_within(case: Case, offer: Offer, end_us: int) -> bool:
    if not offer.has_bounds:
        return False
    return not (
        (offer.least and end_us < case.later(offer.least))
        or (offer.longer_than and end_us <= case.later(offer.longer_than))
        or (offer.most and end_us > case.later(offer.most))
    )


def _later(case: Case, wanted: str, from_us: int) -> int | None:
    """Return the end of a length a player typed; null if it is none, or beyond the calendar."""
    try:
        end_us = case.later(wanted, from_us)
    except (DeclarationError, ValueError, OverflowError):
        return None
    return end_us if end_us > from_us else None


def _is_same(one: str, other: str) -> bool:
    try:
        return term(one) == term(other)
    except DeclarationError:
        return False
