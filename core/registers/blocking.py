"""The desk of registers for callers that wait: the wallet's threads. Way: wallet -> here -> desk.

One thread runs the loop in which registers are asked; connections are kept there. A caller waits no
longer than its register's pack allows.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from core.compliance.judge import Judge
from core.compliance.pack import Pack
from core.compliance.request import Request
from core.compliance.requests.holds import RegisterAnswered
from core.compliance.standing import Standing
from core.registers.desk import RegisterDesk
from core.registers.due import DueMessage

T = TypeVar("T")


class BlockingDesk:
    """A `RegisterDesk` whose methods return when there is an answer; safe for several threads."""

    def __init__(
        self, desk: RegisterDesk, closing: Callable[[], Coroutine[Any, Any, None]] | None = None
    ) -> None:
        self.desk = desk
        self._closing = closing
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="registers", daemon=True
        )
        self._thread.start()

    def before(
        self, pack: Pack, standing: Standing, request: Request
    ) -> tuple[RegisterAnswered, ...]:
        """As `RegisterDesk.before`."""
        return self._waited(self.desk.before(pack, standing, request))

    def begin_play(
        self, judge: Judge, standing: Standing, request: Request
    ) -> tuple[RegisterAnswered, ...]:
        """As `RegisterDesk.begin_play`."""
        return self._waited(self.desk.begin_play(judge, standing, request))

    def tell(self, player: str, due: Sequence[DueMessage]) -> tuple[DueMessage, ...]:
        """As `RegisterDesk.tell`."""
        return self._waited(self.desk.tell(player, due))

    def close(self) -> None:
        """Close connections and end the thread."""
        if self._closing is not None:
            self._waited(self._closing())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _waited(self, asked: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result()
