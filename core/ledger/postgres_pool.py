"""Connections to a ledger in PostgreSQL, and what their failures mean. Way: backend -> here.

A connection is asked with whole scripts over the simple protocol: one question, however many
statements, and no time spent in Python between them. All waiting ends: for a free connection, for
locks, for statements, for a network that is gone.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

from core.errors import EvenhandError, NotReadyError
from core.ledger.backend import BrokenLedgerError
from core.ledger.calls import RetryableError
from core.postgres import driver

LOCK_S, STATEMENT_S, CONNECT_S, FREE_S = 3, 5, 3, 5
_PASSING = ("08", "40", "53", "57", "58", "25006", "23505", "55P03")
"""Classes and codes of failures that asking again may mend: lost connections, conflicts with
another transaction, no resources, a server going down, an I/O error, a standby, an id that another
transaction wrote first, and waiting too long for a lock."""
SETTINGS = {
    "lock_timeout": f"{LOCK_S}s",
    "statement_timeout": f"{STATEMENT_S}s",
    "idle_in_transaction_session_timeout": f"{STATEMENT_S}s",
    # every statement finds rows by key: what a plan was made for when tables were small stays right
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "standard_conforming_strings": "on",  # as `quoted` takes them to be
}


class PostgresConnection:
    """One connection, for one transaction at a time."""

    def __init__(self, url: str) -> None:
        self._driver = driver()
        try:
            raw = self._driver.connect(
                url, autocommit=True, client_encoding="utf8", connect_timeout=CONNECT_S,
                keepalives_idle=STATEMENT_S, keepalives_interval=5, keepalives_count=2,
                tcp_user_timeout=1_000 * (STATEMENT_S + LOCK_S),
            )  # fmt: skip
            raw.execute(_settings())
        except self._driver.OperationalError as error:
            raise RetryableError(
                f"PostgreSQL does not answer: {error}", hint="ask again"
            ) from error
        self._raw, self._asked = raw, raw.pgconn

    @property
    def is_idle(self) -> bool:
        """Whether it is open and in no transaction."""
        return bool(self._asked.transaction_status == self._driver.pq.TransactionStatus.IDLE)

    @property
    def is_broken(self) -> bool:
        """Whether the server is no longer at its other end."""
        return bool(self._asked.transaction_status == self._driver.pq.TransactionStatus.UNKNOWN)

    def ask(self, script: bytes) -> tuple[bytes | None, bytes]:
        """Run statements; return the first value of the last one, and what the server calls it.

        Raises:
            RetryableError: nothing is known to be done; asking again may help.
            BrokenLedgerError: nothing was done; asking again does not help.
        """
        try:
            result = self._asked.exec_(script)
        except self._driver.OperationalError as error:
            raise RetryableError(
                f"PostgreSQL does not answer: {error}", hint="ask again"
            ) from error
        status = self._driver.pq.ExecStatus
        if result.status not in (status.TUPLES_OK, status.COMMAND_OK):
            raise self._failure(result)
        value = result.get_value(0, 0) if result.ntuples else None
        return value, result.command_status or b""

    def close(self) -> None:
        """Close it."""
        self._raw.close()

    def _failure(self, result: Any) -> EvenhandError:
        field = self._driver.pq.DiagnosticField
        code = (result.error_field(field.SQLSTATE) or b"08000").decode()
        said = result.error_message.decode(errors="replace").strip()
        if code.startswith(_PASSING):
            return RetryableError(f"PostgreSQL could not: {said} ({code})", hint="ask again")
        return BrokenLedgerError(f"PostgreSQL refuses: {said} ({code})")


_Seat: TypeAlias = "queue.SimpleQueue[PostgresConnection | None]"


class PostgresPool:
    """At most `size` connections, made when needed; one that breaks is replaced.

    Who waits longest gets the next one: who has just given one back stands at the end again.
    """

    def __init__(self, url: str, size: int) -> None:
        self._url, self._is_closed = url, False
        self._turn = threading.Lock()
        self._free: list[PostgresConnection | None] = [None] * size
        self._waiting: deque[_Seat] = deque()

    @contextmanager
    def connection(self) -> Iterator[PostgresConnection]:
        """Lend a connection; what it leaves undone is undone.

        Raises:
            RetryableError: all are busy for too long, or the database does not answer.
            NotReadyError: the pool is closed.
        """
        if self._is_closed:
            raise NotReadyError("the ledger is closed", hint="open it again")
        lent = self._taken()
        try:
            lent = lent or PostgresConnection(self._url)
            yield lent
        finally:
            self._give_back(self._mended(lent))

    def close(self) -> None:
        """Close the connections that are free now, and those that are lent when they come back."""
        self._is_closed = True
        self._close_free()

    def _taken(self) -> PostgresConnection | None:
        seat: _Seat = queue.SimpleQueue()
        with self._turn:
            if self._free:
                return self._free.pop()
            self._waiting.append(seat)
        with suppress(queue.Empty):
            return seat.get(timeout=FREE_S)
        with self._turn:
            if seat in self._waiting:
                self._waiting.remove(seat)
                raise RetryableError(f"no free connection in {FREE_S} s", hint="ask again")
        return seat.get()  # given in the last moment

    def _give_back(self, connection: PostgresConnection | None) -> None:
        with self._turn:
            if self._waiting:
                self._waiting.popleft().put(connection)
            else:
                self._free.append(connection)

    def _mended(self, lent: PostgresConnection | None) -> PostgresConnection | None:
        """Return the connection in no transaction; None for one that is to be made anew."""
        if lent is not None and not (lent.is_idle or lent.is_broken):
            with suppress(EvenhandError):
                lent.ask(b"ROLLBACK")
        if lent is not None and lent.is_broken:
            self._close_free()  # what ended one has ended all, if the server was started again
        if lent is not None and (self._is_closed or not lent.is_idle):
            lent.close()
            return None
        return lent

    def _close_free(self) -> None:
        with self._turn:
            stale, self._free = self._free, [None] * len(self._free)
        for connection in stale:
            if connection is not None:
                connection.close()


def quoted(text: bytes) -> bytes:
    """Return a text as a literal, in which a backslash is but a backslash.

    JSON in JSON is full of them, and libpq's own quoting would double every one.
    """
    return b"'" + text.replace(b"'", b"''") + b"'"


def _settings() -> str:
    """Return the statement that sets a connection up; a commit means at least "on disk"."""
    fixed = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in SETTINGS.items())
    return (
        f"SELECT {fixed}, CASE current_setting('synchronous_commit') WHEN 'off'"
        " THEN set_config('synchronous_commit', 'on', false) END"
    )
