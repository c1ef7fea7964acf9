"""How a limit of time or money ends a visit. Way: limit checks of a visit -> here -> findings.

The round that runs is completed first: the player is told, and the visit ends when no round runs or
when it has run on for too long. Who only looks at his account after a limit was reached, to be paid
out or to read, is not logged out again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.compliance.calendar import HOUR_US
from core.compliance.check import Case
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.standing import Play

FINISH_US = HOUR_US
"""How long a round may run on; one whose end nobody tells must not keep a visit open for ever."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that is reached: since when, and what the log is to say of it."""

    event: str
    reason: str
    since_us: int
    said: Mapping[str, Any]
    until_us: int | None = None


def refused(rule: PackRule, reached: Reached) -> Finding:
    """Return the refusal of what may not begin any more."""
    return Finding(
        rule.id, Effect.REFUSE, reached.event, reached.reason, reached.said, reached.until_us
    )


def ended(case: Case, rule: PackRule, visit: Play, reached: Reached) -> Iterator[Finding]:
    """Yield the end of a visit in which a limit was reached, or word that it will end."""
    has_played = visit.played_us is not None and visit.played_us >= (visit.started_us or 0)
    if not has_played:
        return
    is_running = bool(visit.open_rounds) and case.at_us - reached.since_us < FINISH_US
    if not is_running:
        effect = Effect.END_SESSION
    elif rule.id in visit.shown_us:
        return
    else:
        effect = Effect.NOTIFY
    yield Finding(rule.id, effect, reached.event, reached.reason, reached.said, reached.until_us)
