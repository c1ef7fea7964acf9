"""One connection to Redis: bytes out, answers in. Way: redis_wire -> here -> a server.

The client library connects, authenticates and speaks TLS; from then on its socket is written to and
read from directly and its C parser (hiredis) makes the answers, as the library's own way through
them takes longer than a read on the same machine.

To be woken takes longer than an answer, too, when the server runs on another core: so an answer is
looked for some times before it is waited for. Between looks the core is offered to whoever has work
(the server, if it is on this one), so what it costs is idle time.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from typing import Any

import hiredis
import redis

_READ_BYTES = 65_536
_LOOKS = 64  # about 0.1 ms of a core that has nothing else to do
_SHORT = 1 << 16  # bytes; a longer question keeps the server busy for longer than a look pays
_MORE = object()  # the parser's word for an answer that is not all there; None is an answer


class Refused(Exception):  # noqa: N818 - an answer, raised by who cannot go on with it
    """What the server says of a command it will not do; begins with its word for it."""


class NoScript(Refused):
    """The server does not know a script by the digest it was sent."""


def pool_of(url: str, timeout_s: float) -> redis.ConnectionPool:
    """Return what makes connections to an address; none is made yet."""
    return redis.ConnectionPool.from_url(
        url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, protocol=2
    )


class Line:
    """One connection of one thread, made at once.

    Raises:
        OSError: the server cannot be reached, or does not let us in.
    """

    def __init__(self, pool: redis.ConnectionPool, timeout_s: float) -> None:
        connection: Any = pool.make_connection()
        try:
            connection.connect()
        except redis.RedisError as error:
            raise ConnectionError(str(error)) from error
        self._connection = connection
        self._socket: socket.socket = connection._sock  # noqa: SLF001 - it has no public name
        self._looks = _LOOKS if _waits_in_kernel(self._socket, timeout_s) else 0
        self._room = bytearray(_READ_BYTES)
        self._reader: Any = hiredis.Reader(
            protocolError=ConnectionError, replyError=_refused, notEnoughData=_MORE
        )

    def exchange(self, packed: bytes, count: int) -> list[Any]:
        """Send commands; return their `count` answers, a refused one's as a `Refused`.

        Raises:
            OSError: the connection is lost, or the server took too long; use it no more.
        """
        reader, looks = self._reader, self._looks if len(packed) <= _SHORT else 0
        answers: list[Any] = []
        try:
            self._socket.sendall(packed)
            while len(answers) < count:
                reader.feed(self._room, 0, self._received(looks))
                while (answer := reader.gets()) is not _MORE:
                    answers.append(answer)
        except BlockingIOError as error:  # the kernel's word for a timeout
            raise TimeoutError("no answer in time") from error
        return answers

    def _received(self, looks: int) -> int:
        """Return how many bytes of an answer came."""
        length = -1
        for _ in range(looks):
            try:
                length = self._socket.recv_into(self._room, 0, socket.MSG_DONTWAIT)
                break
            except BlockingIOError:
                os.sched_yield()
        if length < 0:
            length = self._socket.recv_into(self._room)
        if length == 0:
            raise ConnectionError("the server closed the connection")
        return length

    def close(self) -> None:
        """Hang up."""
        self._connection.disconnect()


def _refused(said: str) -> Refused:
    return NoScript(said) if said.startswith("NOSCRIPT") else Refused(said)


def _waits_in_kernel(its: socket.socket, timeout_s: float) -> bool:
    """Let the kernel keep a socket's timeouts, which saves asking it first; say whether it does.

    Only a look that does not wait can then be told from one that does. TLS knows of neither.
    """
    if sys.platform != "linux" or type(its) is not socket.socket:
        return False
    its.settimeout(None)
    waits = struct.pack("@ll", int(timeout_s), int(timeout_s % 1 * 1_000_000))
    its.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, waits)
    its.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, waits)
    return True
