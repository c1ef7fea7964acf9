"""Processor time by stage of the worker. Way: timed methods -> here -> stream_end_to_end.

Methods of the worker's parts are wrapped; a stage's time is its own, without that of the stages it
calls. Time is that of the calling thread; what other threads of the process spend (Kafka's client)
is the difference to the process's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Stages:
    """Nanoseconds by stage, in the order the stages were named."""

    spent: dict[str, int] = field(default_factory=dict)
    _inner: list[int] = field(default_factory=lambda: [0])

    def clear(self) -> None:
        """Begin anew."""
        self.spent = dict.fromkeys(self.spent, 0)

    @contextmanager
    def watching(self, methods: dict[str, tuple[tuple[type, str], ...]]) -> Iterator[None]:
        """Time methods (class and name, by stage) until the end of the block."""
        kept = []
        for stage, several in methods.items():
            self.spent[stage] = 0
            for owner, name in several:
                kept.append((owner, name, getattr(owner, name)))
                setattr(owner, name, self._timed(stage, getattr(owner, name)))
        try:
            yield
        finally:
            for owner, name, method in kept:
                setattr(owner, name, method)

    def _timed(self, stage: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            began = time.thread_time_ns()
            self._inner.append(0)
            try:
                return method(*given, **named)
            finally:
                took = time.thread_time_ns() - began
                self.spent[stage] += took - self._inner.pop()
                self._inner[-1] += took

        return timed
