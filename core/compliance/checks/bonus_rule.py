"""A bonus belongs to the first play with the licensee. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Finding
from core.compliance.pack import PackRule
from core.compliance.requests.money import BonusGrant

PLAYED, GIVEN = "first_play", "first_bonus"


class BonusRule(Parameters, frozen=True, kw_only=True):
    """`within` is how long after his first stake a player still is at his first play, ISO 8601.

    "" says that the first stake ends it. `once` lets one bonus through in all.
    """

    within: str = ""
    once: bool = True


def _judge(case: Case, rule: PackRule, parameters: BonusRule) -> Iterable[Finding]:
    request, marks = case.request, case.standing.marks
    if not isinstance(request, BonusGrant):
        return
    played_us, given_us = marks.get(PLAYED), marks.get(GIVEN)
    said = {"bonus_id": request.bonus_id}
    if played_us is not None and not _still_first(case, played_us, parameters):
        yield refusal(
            rule, "BONUS_REFUSED", "NOT_FIRST_PLAY", first_play=case.local(played_us), **said
        )
    elif parameters.once and given_us is not None:
        yield refusal(rule, "BONUS_REFUSED", "BONUS_HAD", first_bonus=case.local(given_us), **said)


def _still_first(case: Case, played_us: int, parameters: BonusRule) -> bool:
    return bool(parameters.within) and case.at_us < case.later(parameters.within, played_us)


CHECK = Check(
    "bonus_rule", (BonusGrant,), BonusRule, _judge,
    says="A bonus is given before or at the player's first play with the licensee, and once.",
)  # fmt: skip
