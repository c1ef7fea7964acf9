"""Commands to Redis, many at once, and their answers. Way: redis_states and its like -> here.

The client library connects, authenticates, speaks TLS and reads answers. Two things are done here
because a score waits for them: commands of one question leave in one write without a pipeline
object (a third of the time of one), and long argument lists are laid out by joining bytes (four
times as many blobs a second). A command that failed for want of a connection is sent once more:
all we send may be repeated.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from core.errors import NotReadyError
from features.state_store import StateStoreError

Word = bytes | str | int


class RedisWire:
    """One server's connections, one a thread."""

    def __init__(self, url: str, *, timeout_s: float = 5.0) -> None:
        self._redis = _client()
        self.where = url.rpartition("://")[2].rpartition("@")[2]  # without the password
        self._pool = self._redis.ConnectionPool.from_url(
            url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, protocol=2
        )
        self._local = threading.local()

    def ask(self, commands: Sequence[Sequence[Word]]) -> list[Any]:
        """Send commands in one go; return their answers, in order.

        Raises:
            StateStoreError: the server cannot be reached, or refused a command.
        """
        return self.send([pack(command) for command in commands])

    def send(self, packed: Sequence[bytes]) -> list[Any]:
        """Send commands laid out by `pack`; return their answers, in order.

        Raises:
            StateStoreError: the server cannot be reached, or refused a command.
        """
        answers = self.answers(packed)
        for answer in answers:
            if isinstance(answer, Exception):
                raise self._failed(answer) from answer
        return answers

    def answers(self, packed: Sequence[bytes]) -> list[Any]:
        """Do as `send`, but return a refused command's error as its answer."""
        try:
            return self._exchange(packed)
        except (self._redis.ConnectionError, self._redis.TimeoutError, OSError):
            self.close()  # the server went away between two questions: ask once more
        try:
            return self._exchange(packed)
        except (self._redis.RedisError, OSError) as error:
            self.close()
            raise self._failed(error) from error

    def close(self) -> None:
        """Close the calling thread's connection."""
        connection = self._local.__dict__.pop("connection", None)
        if connection is not None:
            connection.disconnect()

    def _exchange(self, packed: Sequence[bytes]) -> list[Any]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._pool.make_connection()
            connection.connect()
        try:
            connection.send_packed_command([b"".join(packed)], check_health=False)
            return [self._answer(connection) for _ in packed]
        except BaseException:
            self.close()  # answers of this question must not be taken for those of the next
            raise

    def _answer(self, connection: Any) -> Any:
        try:
            return connection.read_response()
        except self._redis.ResponseError as error:
            return error

    def _failed(self, error: Exception) -> StateStoreError:
        return StateStoreError(f"Redis at {self.where}: {error}", hint="is the server up?")


def pack(words: Sequence[Word]) -> bytes:
    r"""Lay a command out as the protocol wants it.

    >>> pack(["GET", b"k", 7])
    b'*3\r\n$3\r\nGET\r\n$1\r\nk\r\n$1\r\n7\r\n'
    """
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        raw = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(raw), raw))
    return b"".join(parts)


def _client() -> Any:
    try:
        import redis
    except ImportError as error:
        raise NotReadyError(
            "the Redis client is not installed", expected="the package redis",
            hint="pip install 'evenhand[redis]'",
        ) from error  # fmt: skip
    return redis
