"""One connection to Redis: bytes out, answers in. Way: redis_wire -> here -> a server.

The client library connects, authenticates and speaks TLS; from then on its socket is written to and
read from directly and its C parser (hiredis) makes the answers, as the library's own way through
them takes longer than a read on the same machine.
"""

from __future__ import annotations

import socket
from typing import Any

import hiredis
import redis

_READ_BYTES = 65_536
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

    def __init__(self, pool: redis.ConnectionPool) -> None:
        connection: Any = pool.make_connection()
        try:
            connection.connect()
        except redis.RedisError as error:
            raise ConnectionError(str(error)) from error
        self._connection = connection
        self._socket: socket.socket = connection._sock  # noqa: SLF001 - it has no public name
        self._room = bytearray(_READ_BYTES)
        self._reader: Any = hiredis.Reader(
            protocolError=ConnectionError, replyError=_refused, notEnoughData=_MORE
        )

    def exchange(self, packed: bytes, count: int) -> list[Any]:
        """Send commands; return their `count` answers, a refused one's as a `Refused`.

        Raises:
            OSError: the connection is lost, or the server took too long; use it no more.
        """
        self._socket.sendall(packed)
        reader, room, answers = self._reader, self._room, []
        while True:
            length = self._socket.recv_into(room)
            if length == 0:
                raise ConnectionError("the server closed the connection")
            reader.feed(room, 0, length)
            while (answer := reader.gets()) is not _MORE:
                answers.append(answer)
            if len(answers) >= count:
                return answers

    def close(self) -> None:
        """Hang up."""
        self._connection.disconnect()


def _refused(said: str) -> Refused:
    return NoScript(said) if said.startswith("NOSCRIPT") else Refused(said)
