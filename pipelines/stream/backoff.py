"""Trying again until a store is back. Way: flush, load -> here.

Waiting ends at once when the worker is told to stop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import TypeVar

T = TypeVar("T")
TRIES_WHEN_STOPPING = 3


class Stopped(Exception):  # noqa: N818 - no error of its own: it names the one that lasted
    """Gave up before it worked; what was to be done is not done."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits twice as long after every failure, from `first_s` to `longest_s`.

    `tries` bounds the attempts; without it only `stop` ends them.
    """

    stop: Event
    kinds: tuple[type[Exception], ...]
    on_failure: Callable[[Exception], None]
    tries: int | None = None
    first_s: float = 0.05
    longest_s: float = 5.0

    def until_done(self, do: Callable[[], T]) -> T:
        """Call until it does not fail with one of `kinds`.

        Raises:
            Stopped: the tries are used up, or a few more failed after the worker was told to stop.
        """
        wait_s, failures, left = self.first_s, 0, TRIES_WHEN_STOPPING
        while True:
            try:
                return do()
            except self.kinds as error:
                self.on_failure(error)
                failures += 1
                left -= self.stop.is_set()
                if left <= 0 or failures == self.tries:
                    raise Stopped(str(error)) from error
            self.stop.wait(wait_s)
            wait_s = min(2 * wait_s, self.longest_s)
