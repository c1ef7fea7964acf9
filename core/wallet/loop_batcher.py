"""Group commit for the HTTP server: requests that wait in the event loop share a transaction.

Way: app (one coroutine a request) -> here -> ledger, in a thread a lane -> back to each coroutine.

It keeps the promises of `core.ledger.batcher`, which serves threads: players being written in one
lane are left waiting by the others; a batch that fails is posted again call by call. Here a request
costs no thread of its own, and a batch one hand-over.

A call goes at once when a lane is free, but for a moment: a lane that has just answered waits up to
`PATIENCE_S` for its share of the calls that were under way then. Those it answered are about to ask
again, and one by one each would cost a hand-over and a flush. Where one call is under way at a time
the share is one, so nobody waits.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass, field

from core.ledger.batcher import Lanes, OverloadedError
from core.ledger.calls import RetryableError
from core.ledger.ledger import Answered, Asked, Ledger

PATIENCE_S = 0.003
"""How long a lane that has just answered waits for more to do at once."""


@dataclass(frozen=True, slots=True)
class _Ticket:
    asked: Asked
    answered: asyncio.Future[Answered]


@dataclass(slots=True)
class LoopBatcher:
    """Posts the calls of one event loop; `threads` must have room for every lane."""

    ledger: Ledger
    lanes: Lanes
    threads: Executor
    _waiting: list[_Ticket] = field(default_factory=list)
    _busy: set[str] = field(default_factory=set)
    _leading: set[asyncio.Task[None]] = field(default_factory=set)
    _posting: int = 0
    _share: int = 0
    _patience: asyncio.TimerHandle | None = None

    async def submit(self, asked: Asked) -> Answered:
        """Post a call and return its answer.

        Raises:
            OverloadedError: too many calls wait already.
            RetryableError: as `Ledger.post`.
        """
        if len(self._waiting) >= self.lanes.waiting:
            raise OverloadedError(f"{len(self._waiting)} calls wait", hint="ask again later")
        ticket = _Ticket(asked, asyncio.get_running_loop().create_future())
        self._waiting.append(ticket)
        self._appoint()
        return await ticket.answered

    def _appoint(self) -> None:
        """Give each free lane a batch, once its share is there or patience is over."""
        if len(self._waiting) < self._share:
            return
        while len(self._leading) < self.lanes.count and (batch := self._taken()):
            self._share = 0
            task = asyncio.get_running_loop().create_task(self._lead(batch))
            self._leading.add(task)

    def _await_share(self, answered: int) -> None:
        """Wait a moment for the calls that those just answered are about to make."""
        under_way = answered + self._posting + len(self._waiting)
        self._share = min(under_way // self.lanes.count, self.lanes.most)
        if self._patience is not None:
            self._patience.cancel()
        self._patience = asyncio.get_running_loop().call_later(PATIENCE_S, self._lose_patience)

    def _lose_patience(self) -> None:
        self._share = 0
        self._appoint()

    def _taken(self) -> list[_Ticket]:
        """Take waiting calls whose players no lane is busy with."""
        batch: list[_Ticket] = []
        left: list[_Ticket] = []
        for ticket in self._waiting:
            is_free = len(batch) < self.lanes.most and ticket.asked.call.player not in self._busy
            (batch if is_free else left).append(ticket)
        self._waiting = left
        self._busy |= {ticket.asked.call.player for ticket in batch}
        self._posting += len(batch)
        return batch

    async def _lead(self, batch: list[_Ticket]) -> None:
        try:
            if not await self._posted(batch):
                await self._posted_alone(batch)
        finally:
            self._busy -= {ticket.asked.call.player for ticket in batch}
            task = asyncio.current_task()
            if task is not None:
                self._leading.discard(task)
            self._posting -= len(batch)
            self._await_share(len(batch))
            self._appoint()

    async def _posted_alone(self, batch: list[_Ticket]) -> None:
        """Post calls one by one; once one may only be asked again, so may all after it."""
        for place, ticket in enumerate(batch):
            await self._posted([ticket])
            error = ticket.answered.exception() if not ticket.answered.cancelled() else None
            if isinstance(error, RetryableError):  # each would wait as long for the same database
                for late in batch[place + 1 :]:
                    if not late.answered.done():
                        late.answered.set_exception(error)
                return

    async def _posted(self, batch: list[_Ticket]) -> bool:
        """Post calls and hand their answers out; say whether it went well.

        A call that fails alone is told its failure; of several nothing is said yet.
        """
        loop = asyncio.get_running_loop()
        calls = [ticket.asked for ticket in batch]
        try:
            answers = await loop.run_in_executor(self.threads, self.ledger.post, calls)
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to whoever asked
            if len(batch) == 1 and not batch[0].answered.done():
                batch[0].answered.set_exception(error)
            return len(batch) == 1
        for ticket, answered in zip(batch, answers, strict=True):
            if not ticket.answered.done():  # who asked may have gone
                ticket.answered.set_result(answered)
        return True
