"""Our servers in processes of their own, asked over HTTP. Way: benchmarks -> here -> figures."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import NotReadyError

READY_S = 120


@dataclass(frozen=True, slots=True)
class Server:
    """A started server and the port it answers at."""

    process: subprocess.Popen[bytes]
    port: int

    def pids(self) -> list[int]:
        """Return the process and its children."""
        root = self.process.pid
        children = Path(f"/proc/{root}/task/{root}/children").read_text().split()
        return [root, *map(int, children)]

    def resident_mb(self) -> float:
        """Return the memory held by all its processes."""
        pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids())
        return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def cpu_s(self) -> float:
        """Return the processor time used by all its processes."""
        fields = (
            Path(f"/proc/{p}/stat").read_text().rpartition(")")[2].split() for p in self.pids()
        )
        return sum(int(f[11]) + int(f[12]) for f in fields) / os.sysconf("SC_CLK_TCK")

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection, opened with its first question and kept."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)


@contextmanager
def started(
    module: Sequence[str], path: str, environment: Mapping[str, str], *, port_option: str = "--port"
) -> Iterator[Server]:
    """Run `python -m <module> --port <a free one>` until the block ends.

    What it prints goes nowhere, its errors to ours.

    Raises:
        NotReadyError: `path` was not answered with 200 in time, or the process ended.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", *module, port_option, str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    server = Server(process, port)
    try:
        _wait(server, path)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=60)


def get(connection: http.client.HTTPConnection, path: str, key: str = "") -> tuple[int, bytes]:
    """Ask, once more where the kept connection stood idle too long; return status and body."""
    try:
        return _got(connection, path, key)
    except http.client.RemoteDisconnected:
        return _got(connection, path, key)


def _got(connection: http.client.HTTPConnection, path: str, key: str) -> tuple[int, bytes]:
    connection.request("GET", path, headers={"X-API-Key": key})
    response = connection.getresponse()
    return response.status, response.read()


def _wait(server: Server, path: str) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and server.process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if get(server.connect(), path)[0] == http.client.OK:
                return
        time.sleep(0.2)
    raise NotReadyError(f"no answer at port {server.port}", expected=f"200 from {path}")
