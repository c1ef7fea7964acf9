"""Commands to Redis, many at once, and their answers. Way: stores -> here -> redis_line.

Commands of one question leave in one write, and long argument lists are laid out by joining bytes
(four times as many blobs a second as the client library's way). A command that failed for want of
a connection is sent once more: all we send may be repeated.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha1
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from core.errors import NotReadyError
from features.state_store import StateStoreError

if TYPE_CHECKING:
    from features.redis_line import Line

Word = bytes | str | int
_Item = TypeVar("_Item")
SCRIPT_KEYS = 256  # a script holds up the server: 1 ms at a time, so that reads pass between
_SCAN_KEYS = 1_000


@dataclass(frozen=True)
class Script:
    """A Lua script; the server is sent its digest, and the text when it does not know it."""

    text: bytes

    @cached_property
    def digest(self) -> str:
        """What the server knows it by."""
        return sha1(self.text).hexdigest()  # noqa: S324 - Redis names scripts so


class RedisWire:
    """One server's connections, one a thread."""

    def __init__(self, url: str, *, timeout_s: float = 5.0) -> None:
        self._lines = _lines()
        self.where = url.rpartition("://")[2].rpartition("@")[2]  # without the password
        self._pool, self._timeout_s = self._lines.pool_of(url, timeout_s), timeout_s
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
        return self._checked(self.answers(packed))

    def answers(self, packed: Sequence[bytes]) -> list[Any]:
        """Do as `send`, but return a refused command's error as its answer."""
        if not packed:
            return []
        joined = b"".join(packed)
        try:
            return self._exchange(joined, len(packed))
        except OSError:
            pass  # the server went away between two questions: ask once more
        try:
            return self._exchange(joined, len(packed))
        except OSError as error:
            raise self._failed(error) from error

    def run(
        self, script: Script, calls: Sequence[tuple[Sequence[Word], Sequence[Word]]]
    ) -> list[Any]:
        """Call a script once per (keys, arguments); a server that is new is told it first.

        Raises:
            StateStoreError: the server cannot be reached, or the script failed.
        """
        packed = [
            pack(("EVALSHA", script.digest, len(keys), *keys, *words)) for keys, words in calls
        ]
        answers = self.answers(packed)
        unknown = [i for i, a in enumerate(answers) if isinstance(a, self._lines.NoScript)]
        if unknown:
            self.ask([("SCRIPT", "LOAD", script.text)])
            for place, answer in zip(
                unknown, self.answers([packed[i] for i in unknown]), strict=True
            ):
                answers[place] = answer
        return self._checked(answers)

    def scan(self, pattern: str) -> Iterator[list[bytes]]:
        """Yield the keys that match, some at a time; looks at every key of the server."""
        cursor: Word = 0
        while True:
            ((cursor, keys),) = self.ask([("SCAN", cursor, "MATCH", pattern, "COUNT", _SCAN_KEYS)])
            if keys:
                yield keys
            if int(cursor) == 0:
                return

    def close(self) -> None:
        """Close the calling thread's connection."""
        line: Line | None = self._local.__dict__.pop("line", None)
        if line is not None:
            line.close()

    def _exchange(self, joined: bytes, count: int) -> list[Any]:
        line: Line | None = getattr(self._local, "line", None)
        if line is None:
            line = self._local.line = self._lines.Line(self._pool, self._timeout_s)
        try:
            return line.exchange(joined, count)
        except BaseException:
            self.close()  # answers of this question must not be taken for those of the next
            raise

    def _checked(self, answers: list[Any]) -> list[Any]:
        for answer in answers:
            if isinstance(answer, self._lines.Refused):
                raise self._failed(answer) from answer
        return answers

    def _failed(self, error: Exception) -> StateStoreError:
        return StateStoreError(f"Redis at {self.where}: {error}", hint="is the server up?")


def in_parts(rows: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """Cut rows into as many as one call of a script may write."""
    return (rows[i : i + SCRIPT_KEYS] for i in range(0, len(rows), SCRIPT_KEYS))


def pack(words: Sequence[Word]) -> bytes:
    r"""Lay a command out as the protocol wants it.

    >>> pack(["GET", b"k", 7])
    b'*3\r\n$3\r\nGET\r\n$1\r\nk\r\n$1\r\n7\r\n'
    """
    raws = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    parts = [b""] * (2 * len(raws))
    parts[::2], parts[1::2] = map(_length, map(len, raws)), raws
    return b"*%d%b\r\n" % (len(raws), b"".join(parts))


@cache
def _length(length: int) -> bytes:
    return b"\r\n$%d\r\n" % length


def _lines() -> ModuleType:
    try:
        from features import redis_line
    except ImportError as error:
        raise NotReadyError(
            "the Redis client is not installed", expected="the packages redis and hiredis",
            hint="pip install 'evenhand[redis]'",
        ) from error  # fmt: skip
    return redis_line
