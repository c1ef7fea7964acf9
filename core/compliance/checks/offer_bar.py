"""Who must be left alone is sent nothing and given no bonus. Way: judge -> here.

It is looked at when the message leaves, whatever was so when it was queued.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.compliance.calendar import exact_us
from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Finding
from core.compliance.held import suppresses_marketing
from core.compliance.offering import kept_back
from core.compliance.pack import PackRule
from core.compliance.request import Request
from core.compliance.requests.money import BonusGrant
from core.compliance.requests.offers import Marketing
from core.compliance.targets import is_target


class OfferBar(Parameters, frozen=True, kw_only=True):
    """What bars: any of `marks` that stands, an age below `age_below`, a hold, the way of picking.

    `marks_last` ends a mark's effect (ISO 8601), "" leaves it until a person clears it. Unknown age
    counts as below. `held` is any break or exclusion, of `held_least` in all if that is given.
    `targeting` are beginnings of names nobody may be picked by. `channels` none means all.
    """

    marks: tuple[str, ...] = ()
    marks_last: str = ""
    age_below: int | None = None
    held: bool = False
    held_least: str = ""
    targeting: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


def _judge(case: Case, rule: PackRule, parameters: OfferBar) -> Iterable[Finding]:
    if not is_target(rule, case.request) or not _is_covered(case.request, parameters):
        return
    why = next(_reasons(case, parameters), None)
    if why is not None:
        yield kept_back(case, rule, why)


def _is_covered(request: Request, parameters: OfferBar) -> bool:
    if not parameters.channels or not isinstance(request, Marketing):
        return True
    return request.channel in parameters.channels


def _reasons(case: Case, parameters: OfferBar) -> Iterator[str]:
    yield from (mark for mark in parameters.marks if _stands(case, mark, parameters.marks_last))
    if parameters.age_below is not None and case.age is None:
        yield "age_unknown"
    elif parameters.age_below is not None and (case.age or 0) < parameters.age_below:
        yield "age"
    if parameters.held or parameters.held_least:
        least_us = exact_us(parameters.held_least) if parameters.held_least else 0
        hold = suppresses_marketing(case.standing, case.at_us, least_us)
        if hold is not None:
            yield hold.register or hold.kind
    picked_by = getattr(case.request, "targeted_by", ())
    if any(name.startswith(parameters.targeting) for name in picked_by):
        yield "targeting"


def _stands(case: Case, mark: str, lasts: str) -> bool:
    if not case.standing.has_mark(mark):
        return False
    return not lasts or case.at_us < case.later(lasts, case.standing.marks[mark])


CHECK = Check(
    "offer_bar", (BonusGrant, Marketing), OfferBar, _judge,
    says="No message leaves, or no bonus is given, while a mark, a hold, the player's age or the "
    "way he was picked bars it; the asker is told a neutral reason.",
)  # fmt: skip
