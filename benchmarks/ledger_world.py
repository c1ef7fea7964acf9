"""A PostgreSQL that keeps what it commits, and wallets full of money. Way: benchmarks -> here."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from core.errors import NotReadyError
from core.ledger.backend import LedgerBackend
from core.ledger.books import Wanted
from core.ledger.calls import Action, Call
from core.ledger.ledger import Asked, Ledger
from core.ledger.row import Row
from core.ledger.rows import HOUSE, Account, Fund, House, Wallet
from core.ledger.units import units

STAKE = units(1, "EUR")
AT_A_TIME = 250


@contextmanager
def durable_postgres(stack: ExitStack) -> Iterator[str]:
    """Start it with `fsync` on; yield the address of an empty database."""
    import pytest

    from tests.services.postgres_server import postgres_server

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ledger-postgres-")))
    durable = {"fsync": "on", "autovacuum": "on", "shared_buffers": "256MB", "max_wal_size": "4GB"}
    try:
        server = postgres_server(folder, durable | {"max_connections": "120"})
    except pytest.skip.Exception as reason:
        raise NotReadyError(str(reason)) from reason
    with server.running():
        address = f"postgresql://evenhand@127.0.0.1:{server.port}"
        with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE ledger")
        yield f"{address}/ledger"


def open_wallets(backend: LedgerBackend, players: int) -> None:
    """Give every player a wallet with more money than he can lose."""
    names = [f"p{number}" for number in range(1, players + 1)]
    ledger = Ledger(backend)
    for start in range(0, players, AT_A_TIME):
        some = names[start : start + AT_A_TIME]
        wanted = Wanted(set(some), {(HOUSE, "EUR")})
        with backend.transaction() as transaction:
            books = transaction.load(wanted, (len(some) + 1) * (len(Fund) + len(House)))
            rows: list[Row] = [
                Wallet(player=name, state="open", version=0, opened_us=0) for name in some
            ]
            places: list[tuple[str, str]] = [(name, fund) for name in some for fund in Fund]
            places += [(HOUSE, name) for name in House]
            rows += [
                _empty(books.new_id(), owner, fund)
                for owner, fund in places
                if books.get(Account, owner, "EUR", fund) is None
            ]
            transaction.write(rows)
        gifts = [
            Call("studio", name, "EUR", (Action("promotion", name, 1_000_000 * STAKE),), 1_000_000)
            for name in some
        ]
        ledger.post([Asked(gift) for gift in gifts])


def _empty(number: int, owner: str, fund: str) -> Account:
    return Account(id=number, player=owner, currency="EUR", fund=fund, balance=0, version=0)
