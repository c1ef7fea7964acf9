"""Worker processes as an operator starts them, and their end. Way: here -> crash, Kafka tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DONE_S = 240.0


@dataclass
class WorkerProcess:
    """A running `evenhand stream run`; what it says goes to a file."""

    popen: subprocess.Popen[bytes]
    out: Path

    def kill(self) -> None:
        """End it at once, whatever it does."""
        self.popen.kill()
        self.popen.wait(timeout=30)

    def terminate(self) -> int:
        """Let it flush and end; return its exit code."""
        self.popen.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Return the exit code once it has ended by itself."""
        return self.popen.wait(timeout=DONE_S)

    @property
    def said(self) -> str:
        """What it printed so far."""
        return self.out.read_text()


@contextmanager
def workers(home: Path, environment: Mapping[str, str]) -> Iterator[Callable[..., WorkerProcess]]:
    """Give what starts workers of a home; those still running at the end are killed."""
    started: list[WorkerProcess] = []

    def start(*options: str) -> WorkerProcess:
        out = home / f"worker-{len(started)}.txt"
        command = [sys.executable, "-m", "pipelines", "stream", "run", *options]
        with out.open("wb") as file:
            popen = subprocess.Popen(
                command, stdout=file, stderr=subprocess.STDOUT,
                env={**os.environ, **environment, "EVENHAND_HOME": str(home)},
            )  # fmt: skip
        started.append(WorkerProcess(popen, out))
        return started[-1]

    try:
        yield start
    finally:
        for worker in started:
            if worker.popen.poll() is None:
                worker.kill()
