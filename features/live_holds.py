"""What the gate knows of players while their states are live. Way: state store -> here -> serving.

A worker writes the holds of the messages it read before the states that include them, and states
before the heartbeat that tells of them. Asked after the features were read, the answer is thus
never older than they are.

How far it knows (`known_at`) is the newest fact in the player's state, or, when nothing came from
him lately, until when the log as a whole was read; but never beyond now, whatever a worker's clock
says. By that instant it is judged whether a time-out is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.clock import Clock
from core.rule import Knowledge
from features.holds import Parts, state_of
from features.state.reader import newest_recorded_of
from features.state_store import Known, StateStore

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
NOT_VOUCHED = (
    "nobody vouches for the holds of the live states: `evenhand stream rebuild --again` makes them"
    " anew"
)


@dataclass(frozen=True, slots=True)
class LiveHolds:
    """Looks players up in one store; safe to share between threads.

    Args:
        clock: the `now` of live features; None = the newest known instant in the log, for a history
            that is played again.
        silence: how long the log may go unread before nobody can be vouched for, by the machine's
            clock; it does not apply to a history played again.
    """

    store: StateStore
    generation: str
    clock: Clock | None
    silence: timedelta

    def look_up(self, players: Sequence[str]) -> dict[str, Knowledge] | None:
        """Return what is known of each player; None while another generation, or none, is live.

        Raises:
            StateStoreError: the store cannot be read.
            ValueError: it holds a kind of hold nobody declared.
        """
        known = self.store.know(self.generation, players)
        if known is None:
            return None
        now_us = self._now_us(known)
        fresh_us = max(0, min((beat.fresh_us for beat in known.beats), default=0))
        fault = self._fault(known, now_us - fresh_us)
        read = (min(fresh_us, now_us), _instant(min(fresh_us, now_us)))
        return {
            player: _knowledge(head, holds, read, fault)
            for player, head, holds in zip(players, known.heads, known.holds, strict=True)
        }

    def _now_us(self, known: Known) -> int:
        if self.clock is None:
            return max((0, *(beat.log_time_us for beat in known.beats)))
        return (self.clock.now() - _EPOCH) // _MICROSECOND

    def _fault(self, known: Known, unread_us: int) -> str:
        if not known.is_whole:
            return NOT_VOUCHED
        if self.clock is not None and unread_us * _MICROSECOND > self.silence:
            return f"the event log was last read {unread_us // 1_000_000:,} s ago"
        return ""


def _knowledge(
    head: bytes | None, holds: Sequence[tuple[str, Parts]], read: tuple[int, datetime], fault: str
) -> Knowledge:
    """Return what is known of one player; `read` is until when the log was, as number and instant.

    Most were quiet since: their answers share the instant.
    """
    read_us, read_at = read
    if head is None:
        return Knowledge(None, read_at, fault)
    newest_us = newest_recorded_of(head)
    known_at = _instant(newest_us) if newest_us > read_us else read_at
    return Knowledge(state_of(holds), known_at, fault)


def _instant(us: int) -> datetime:
    return _EPOCH + us * _MICROSECOND
