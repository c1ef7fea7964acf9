"""A genuine server for the length of a test session. Way: fixtures -> here -> redis-server, ...

The server listens on loopback only, writes into the folder it was given only, is asked to stop at
the end and killed if it does not; where `setpriv` exists the kernel also ends it when the test
process dies, so that nothing is left running after a crash.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest

_PORTS = range(20_000, 32_000)  # below Linux's ephemeral range: no client can take a stopped one's
_GIVEN = set[int]()
_STEP_S = 0.02


def missing(what: str, hint: str) -> NoReturn:
    """Skip the test that needs what is missing; fail it where services are required."""
    reason = f"{what}. Hint: {hint}"
    if os.environ.get("EVENHAND_REQUIRE_SERVICES") == "1":
        pytest.fail(f"EVENHAND_REQUIRE_SERVICES=1, but {reason}", pytrace=False)
    pytest.skip(reason)


def free_port() -> int:
    """Return a loopback port nobody listens on, outside the ephemeral range; never one twice."""
    for port in random.SystemRandom().sample(_PORTS, 200):
        if port in _GIVEN:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            _GIVEN.add(port)
            return port
    raise RuntimeError("no free port on 127.0.0.1")


def wait_until(condition: Callable[[], bool], within_s: float = 30.0, what: str = "") -> None:
    """Return once the condition holds; fail the test when it does not within the time given."""
    deadline, pause = time.monotonic() + within_s, threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"{what or 'the condition'} did not come true within {within_s:g} s")
        pause.wait(_STEP_S)


@dataclass(slots=True)
class Server:
    """A program that serves `port` from `folder`; `start` and `stop` may be repeated."""

    command: Sequence[str]
    folder: Path
    port: int
    is_ready: Callable[[], bool]
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    within_s: float = 60.0
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def output(self) -> Path:
        """What the program said."""
        return self.folder / "output.txt"

    def start(self) -> None:
        """Start the program and wait until it answers; its last words are in the failure."""
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                self._full_command(), cwd=self.folder, stdout=output, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + self.within_s
        while not self.is_ready():
            if self._ended_within(_STEP_S) or time.monotonic() > deadline:
                self.kill()
                words = self.output.read_text(errors="replace")[-3_000:]
                pytest.fail(f"{self.command[0]} did not become ready:\n{words}", pytrace=False)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start now, stop at the end, whatever happens between."""
        try:
            self.start()
            yield
        finally:
            self.stop()

    def stop(self) -> None:
        """Ask the program to stop and wait; kill it when it does not."""
        if self._process is not None and not self._ended_within(0):
            self._process.send_signal(self.stop_signal)
            if not self._ended_within(20):
                self.kill()
        self._process = None

    def kill(self) -> None:
        """End the program as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
        self._process = None

    def _ended_within(self, seconds: float) -> bool:
        if self._process is None:
            return True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _full_command(self) -> list[str]:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            return list(self.command)
        return [setpriv, "--pdeathsig", "KILL", *as_user(self.user), *self.command]


def as_user(user: str | None) -> list[str]:
    """Return `setpriv`'s options for running as that user; none for None."""
    return [] if user is None else ["--reuid", user, "--regid", user, "--init-groups"]
