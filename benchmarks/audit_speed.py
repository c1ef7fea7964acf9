"""How fast the log is appended to and verified, beside bare SHA-256 over the same bytes.

Run: `python -m benchmarks.audit_speed`. For each database a log of one chain is made, with bodies
such as decisions have. Then bare hashing (the bytes lie ready in memory) and verification (rows
read from the database, hashed, compared with head and columns) take turns; a figure is the median
of the turns, the ratio the median of each turn's. Both are one thread. Appending beside a plain
insert of the same rows says what the chain costs; nothing is flushed to disk there.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert, select
from sqlalchemy.engine import Connection, make_url

from benchmarks.ledger_world import durable_postgres
from benchmarks.tables import markdown
from core.audit.append import append
from core.audit.create import create
from core.audit.opening import appending, looking
from core.audit.tables import ENTRY
from core.audit.verify import verified

CHAIN = "rg:GB"
A_TRANSACTION = 100
NOON_US = 1_779_969_600_000_000


def main() -> None:
    """Print what is appended and verified a second on each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(durable_postgres(stack))
        for name, url in (
            ("SQLite", f"sqlite:///{folder / 'log.sqlite'}"),
            ("PostgreSQL", postgres),
        ):
            rows.append([name, *_measured(url, options.entries, options.turns)])
    header = (
        "database", "appended/s", "of plain inserts", "bytes", "bare SHA-256/s", "verified/s",
        "bare / verified",
    )  # fmt: skip
    print(markdown(header, rows))


def _measured(url: str, entries: int, turns: int) -> list[str]:
    _make(url)
    appended, plain = _written(url, entries)
    told = list(_told(url))
    bare, read = list[float](), list[float]()
    for _ in range(turns):
        bare.append(len(told) / _seconds(lambda: _hash(told)))
        read.append(len(told) / _seconds(lambda: _verify(url, entries)))
    ratio = statistics.median(b / r for b, r in zip(bare, read, strict=True))
    return [
        f"{appended:,.0f}", f"{appended / plain:.2f}", f"{sum(map(len, told)) / entries:,.0f}",
        f"{statistics.median(bare):,.0f}", f"{statistics.median(read):,.0f}", f"{ratio:.1f}",
    ]  # fmt: skip


def _make(url: str) -> None:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed)
    with engine.begin() as connection:
        create(connection)
    engine.dispose()


def _written(url: str, entries: int) -> tuple[float, float]:
    """Append some entries a transaction, and undo as many plain inserts; return both a second."""
    with appending(url) as connection:
        chained = _seconds(lambda: _append(connection, entries))
    columns = [ENTRY.c[name] for name in ENTRY.c.keys()]  # noqa: SIM118 - SQLAlchemy's own
    with looking(url) as connection:
        rows = [row._asdict() for row in connection.execute(select(*columns).limit(10_000))]
    for row in rows:
        row["chain"] = "plain:GB"
    with appending(url) as connection:
        plain = _seconds(lambda: _insert(connection, rows))
        connection.get_transaction().rollback()  # type: ignore[union-attr]
    return entries / chained, len(rows) / plain


def _append(connection: Connection, entries: int) -> None:
    for first in range(0, entries, A_TRANSACTION):
        append(connection, CHAIN, map(_body, range(first, min(first + A_TRANSACTION, entries))))


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    for first in range(0, len(rows), A_TRANSACTION):
        connection.execute(insert(ENTRY), rows[first : first + A_TRANSACTION])


def _body(number: int) -> dict[str, Any]:
    """Return a body as long as those of refused deposits."""
    return {
        "at_us": NOON_US + number, "ts_utc": "2026-05-28T12:00:00.000000Z",
        "ts_local": "2026-05-28T13:00:00+01:00", "tz": "Europe/London",
        "player_id": f"{number % 5_000:032x}", "jurisdiction": "GB", "pack_id": "GB",
        "pack_version": "2026-11-22", "pack_hash": "a" * 64, "rule_id": "GB-DL-1",
        "event": "DEPOSIT_REFUSED", "decision": "refuse", "reason_code": "limit_reached",
        "actor": "player", "staff_id": "", "correlation_id": f"{number:032x}",
        "inputs": {
            "window_start": "2026-05-28T00:00:00+01:00", "window_end": "2026-05-29T00:00:00+01:00",
            "used": "80.00", "limit": "100.00", "requested": "30.00", "remaining": "20.00",
        },
        "request": {"kind": "deposit", "request_id": f"r{number}", "amount": 30_000_000},
    }  # fmt: skip


def _told(url: str) -> Iterator[bytes]:
    wanted = select(ENTRY.c.seq, ENTRY.c.body, ENTRY.c.prev_hash).order_by(ENTRY.c.seq)
    with looking(url) as connection:
        for seq, body, prev_hash in connection.execute(wanted):
            yield f"{prev_hash}:{CHAIN}:{seq}:{body}".encode()


def _hash(told: list[bytes]) -> None:
    for text in told:
        sha256(text).hexdigest()


def _verify(url: str, entries: int) -> None:
    with looking(url) as connection:
        read = sum(len(rows) for rows in verified(connection, CHAIN))
    if read != entries:
        raise ValueError(f"{read} of {entries} entries were read")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
