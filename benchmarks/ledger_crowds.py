"""Clients that bet as fast as they are answered: threads, or coroutines of one event loop.

Way: ledger_speed -> here -> the ledger. Each bet is one of a player drawn, in a round of its own.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from benchmarks.ledger_world import STAKE
from core.ledger.batcher import Lanes
from core.ledger.calls import Action, Call
from core.ledger.ledger import Asked, Ledger
from core.wallet.loop_batcher import LoopBatcher

Post = Callable[[Asked], object]


@dataclass(slots=True)
class Bets:
    """Bets with ids of their own; `run` counts turns."""

    players: int
    clients: int
    waited_ms: list[float] = field(default_factory=list)
    run: int = 0

    def of_client(self, client: int, end: float) -> Iterator[Asked]:
        """Yield a client's bets until the time is over; what each waited is noted."""
        drawn = random.Random(client + 1_000 * self.run)  # noqa: S311 - no secret
        number = 0
        while (start := time.perf_counter()) < end:
            name = f"{id(self)}-{self.run}-{client}-{number}"
            bet = Action("bet", name, STAKE, bet_ref=name, round_id=name)
            player = f"p{drawn.randint(1, self.players)}"
            yield Asked(Call("studio", player, "EUR", (bet,), at_us=1_000_000))
            number += 1
            self.waited_ms.append((time.perf_counter() - start) * 1_000)

    def waits(self) -> tuple[float, float]:
        """Return the median and the 99th percentile of all waits, in ms."""
        waited = sorted(self.waited_ms)
        return waited[len(waited) // 2], waited[len(waited) * 99 // 100]


@dataclass(slots=True)
class Threads:
    """A thread a client, each posting its bets alone."""

    post: Post
    bets: Bets

    def turn(self, seconds: float) -> float:
        """Bet for so long; return bets a second."""
        self.bets.run += 1
        before, end = len(self.bets.waited_ms), time.perf_counter() + seconds
        threads = [
            threading.Thread(target=self._bet, args=(client, end))
            for client in range(self.bets.clients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return (len(self.bets.waited_ms) - before) / seconds

    def _bet(self, client: int, end: float) -> None:
        for asked in self.bets.of_client(client, end):
            self.post(asked)


@dataclass(slots=True)
class Coroutines:
    """As the wallet serves: an event loop whose requests share transactions, in so many lanes."""

    ledger: Ledger
    lanes: Lanes
    bets: Bets

    def turn(self, seconds: float) -> float:
        """Bet for so long; return bets a second."""
        self.bets.run += 1
        before = len(self.bets.waited_ms)
        asyncio.run(self._bet(time.perf_counter() + seconds))
        return (len(self.bets.waited_ms) - before) / seconds

    async def _bet(self, end: float) -> None:
        with ThreadPoolExecutor(self.lanes.count) as threads:
            batcher = LoopBatcher(self.ledger, self.lanes, threads)
            clients = range(self.bets.clients)
            await asyncio.gather(*(self._client(batcher, each, end) for each in clients))

    async def _client(self, batcher: LoopBatcher, client: int, end: float) -> None:
        for asked in self.bets.of_client(client, end):
            await batcher.submit(asked)
