"""Group commit: calls that come while another is being written share the next transaction.

Way: threads of a program that holds the ledger -> here -> ledger (a transaction a batch) -> back.
The wallet's server has an event loop instead: `core.wallet.loop_batcher`.

A thread that finds a lane free leads: it takes what waits, posts it as one batch and hands the
answers out; the threads of the others sleep meanwhile. With nobody waiting a call goes at once.
Players being written in one lane are left waiting by the others, so lanes never wait for each
other's locks, and calls of one player are posted in the order they came.

A batch that fails is forgotten: every call of it is then posted alone by its own thread, so that a
bad call fails by itself.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field

from core.ledger.calls import RetryableError
from core.ledger.ledger import Answered, Asked, Ledger


class OverloadedError(RetryableError):
    """More calls wait than could be answered in time; nothing was done."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """How many batches are written at once, how many calls one takes, how many calls may wait."""

    count: int = 2
    most: int = 64
    waiting: int = 2_000


@dataclass(slots=True, eq=False)
class _Ticket:
    """A call that waits; `woken` is held until it is answered, is to lead, or is to go alone."""

    asked: Asked
    answered: Answered | None = None
    leads: list[_Ticket] = field(default_factory=list)
    woken: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.woken.acquire()


class Batcher:
    """Posts the calls of many threads in few transactions."""

    def __init__(self, ledger: Ledger, lanes: Lanes | None = None) -> None:
        self._ledger, self._lanes = ledger, lanes or Lanes()
        self._turn = threading.Lock()
        self._waiting: list[_Ticket] = []
        self._busy = set[str]()
        self._free = self._lanes.count

    def submit(self, asked: Asked) -> Answered:
        """Post a call and return its answer.

        Raises:
            OverloadedError: too many calls wait already.
            RetryableError: as `Ledger.post`.
        """
        ticket = _Ticket(asked)
        with self._turn:
            if len(self._waiting) >= self._lanes.waiting:
                raise OverloadedError(f"{len(self._waiting)} calls wait", hint="ask again later")
            self._waiting.append(ticket)
            self._appoint()
        ticket.woken.acquire()
        if ticket.leads:
            self._lead(ticket.leads)
        if ticket.answered is None:
            [ticket.answered] = self._ledger.post([asked])
        return ticket.answered

    def _appoint(self) -> None:
        """Give each free lane a batch, led by its first call; the turn is held."""
        while self._free and (batch := self._taken()):
            self._free -= 1
            batch[0].leads = batch
            batch[0].woken.release()

    def _taken(self) -> list[_Ticket]:
        """Take waiting calls whose players no lane is busy with."""
        batch: list[_Ticket] = []
        left: list[_Ticket] = []
        for ticket in self._waiting:
            is_free = len(batch) < self._lanes.most and ticket.asked.call.player not in self._busy
            (batch if is_free else left).append(ticket)
        self._waiting = left
        self._busy |= {ticket.asked.call.player for ticket in batch}
        return batch

    def _lead(self, batch: list[_Ticket]) -> None:
        try:
            # whatever fails is met again, alone, by the thread whose call it is
            with suppress(Exception):
                answers = self._ledger.post([ticket.asked for ticket in batch])
                for ticket, answered in zip(batch, answers, strict=True):
                    ticket.answered = answered
        finally:
            with self._turn:
                self._busy -= {ticket.asked.call.player for ticket in batch}
                self._free += 1
                self._appoint()
            for ticket in batch[1:]:
                ticket.woken.release()
