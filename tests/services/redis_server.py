"""A genuine Redis. Way: tests/services/fixtures.py -> here -> Debian's redis-server."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from tests.services.server import Server, free_port, missing


def redis_server(folder: Path) -> Server:
    """Return a Redis that keeps everything in memory, ready to be started."""
    program = shutil.which("redis-server")
    if program is None:
        missing("redis-server is not installed", "apt-get install redis-server")
    port = free_port()
    options = {"bind": "127.0.0.1", "port": str(port), "dir": str(folder), "save": ""}
    options |= {"appendonly": "no", "daemonize": "no", "databases": "64"}
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return Server([program, *arguments], folder, port, lambda: _answers(port), within_s=20)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
