"""What is done about a player at once when a marker is met. Way: markers -> here -> findings.

A stop is a mark of its name; it stands until a person clears it. A break ends by the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.compliance.calendar import exact_us
from core.compliance.check import Case
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule

STOPS = {
    "suppress_marketing": "MKT_STOPPED",
    "suppress_bonus": "BONUS_STOPPED",
    "block_play": "PLAY_STOPPED",
}
"""Steps that set a mark, with the event they write."""
TOLD = {"message": "PLAYER_MESSAGE", "offer_limit": "LIMIT_OFFERED"}
"""Steps the player is told of."""
BREAK = "care_break"
"""The mark of when a break was imposed."""


def taken(
    case: Case, rule: PackRule, steps: Iterable[str], break_length: str
) -> Iterator[Finding]:  # fmt: skip
    """Yield what follows of some steps by itself; what people must do is a duty of its own."""
    for step in steps:
        if step in STOPS:
            yield Finding(rule.id, Effect.RECORD, STOPS[step], "", {"step": step}, mark=step)
        elif step in TOLD:
            yield Finding(rule.id, Effect.NOTIFY, TOLD[step], "CARE_MESSAGE", {"step": step})
        elif step == "break":
            until_us = case.at_us + exact_us(break_length)
            yield Finding(rule.id, Effect.BREAK, "BREAK_START", "BREAK", {}, until_us, mark=BREAK)


def stopped(case: Case, rule: PackRule, break_length: str) -> Iterator[Finding]:
    """Yield the refusal of a start while play is stopped or a break runs."""
    if case.standing.has_mark("block_play"):
        yield Finding(rule.id, Effect.REFUSE, "STAKE_REFUSED", "PLAY_STOPPED")
    imposed_us = case.standing.marks.get(BREAK)
    if imposed_us is None:
        return
    until_us = imposed_us + exact_us(break_length)
    if case.at_us < until_us:
        yield Finding(rule.id, Effect.REFUSE, "STAKE_REFUSED", "BREAK", {}, until_us)


def cleared(case: Case, rule: PackRule, reviewer: str) -> Iterator[Finding]:
    """Yield the end of all stops that stand, as a person has decided."""
    for mark in filter(case.standing.has_mark, STOPS):
        said = {"step": mark, "reviewer": reviewer}
        yield Finding(rule.id, Effect.RECORD, "STOP_CLEARED", "", said, mark=f"{mark}_cleared")
