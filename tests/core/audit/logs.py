"""Logs to test with: made, filled, signed. Way: core.audit -> here -> the tests."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.pool import NullPool

from core.audit.append import append_all
from core.audit.broken import Break
from core.audit.checkpoint import Checkpoint
from core.audit.create import create
from core.audit.entry import Head
from core.audit.keys import SigningKey, make_key, public_keys
from core.audit.known import Witness, known_of
from core.audit.opening import appending, looking
from core.audit.signing import sign_chain
from core.audit.verify import first_break

NOON_US = 1_779_969_600_000_000  # 2026-05-28T12:00:00Z
NOBODY = Witness()
EVENTS = ("DEPOSIT_REFUSED", "LIMIT_REACHED", "STAKE_REFUSED", "LIMIT_DECREASED", "CHECK_DUE")


def engine_of(url: str) -> Engine:
    """Return an engine for what core.audit itself never does."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return create_engine(parsed, poolclass=NullPool)


def new_log(url: str) -> str:
    """Make an empty log at an address; return the address."""
    engine = engine_of(url)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        create(connection)
        connection.commit()
    engine.dispose()
    return url


def body(number: int, **more: Any) -> dict[str, Any]:
    """Return what an entry may say; the same for the same number."""
    return {
        "at_us": NOON_US + number * 1_000_000, "ts_local": "2026-05-28T13:00:00+01:00",
        "tz": "Europe/London", "player_id": f"p{number % 7}", "event": EVENTS[number % 5],
        "rule_id": f"GB-DL-{number % 4}", "decision": "refuse", "reason_code": "limit_reached",
        "inputs": {"used": f"{number}.00", "limit": "£50 → 40", "window_start": None},
    } | more  # fmt: skip


def fill(url: str, counts: Mapping[str, int], seed: int = 1, first: int = 0) -> dict[str, Head]:
    """Append so many bodies, from a number on, to chains, mixed; return the heads."""
    chance, left, heads = random.Random(seed), dict(counts), dict[str, Head]()
    while left:
        some = {chain: chance.randint(0, min(9, count)) for chain, count in left.items()}
        with appending(url) as connection:
            said = {
                c: [body(first + counts[c] - left[c] + n) for n in range(many)]
                for c, many in some.items()
            }
            heads |= append_all(connection, said)
        left = {c: count - some[c] for c, count in left.items() if count > some[c]}
    return heads


def broken(url: str, chain: str = "rg:GB", witness: Witness = NOBODY, first: int = 1) -> Break:
    """Return where a chain is first broken; fail where it is not."""
    found = breaking(url, chain, witness, first)
    assert found is not None, f"{chain} holds"
    return found


def breaking(
    url: str, chain: str = "rg:GB", witness: Witness = NOBODY, first: int = 1
) -> Break | None:
    """Return where a chain is first broken, null for nowhere."""
    with looking(url) as connection:
        return first_break(connection, chain, known_of(connection, chain, witness), first)


def tamper(url: str, *statements: str) -> None:
    """Do what an attacker with the database does: triggers off, then his statements."""
    engine = engine_of(url)
    with engine.begin() as connection:
        drop_guards(connection)
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def drop_guards(connection: Any) -> None:
    """Drop the triggers of a log."""
    if connection.dialect.name == "sqlite":
        names = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'"
        for name in connection.exec_driver_sql(names).scalars().all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    for table in ("audit_entry", "audit_head", "audit_checkpoint"):
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")


class Signer:
    """A key in a folder, with the list of public keys."""

    def __init__(self, folder: Path, name: str = "audit") -> None:
        self.private, self.listed = folder / f"{name}.pem", folder / "audit_keys.jsonl"
        self.key: SigningKey = make_key(self.private, self.listed, NOON_US)

    def witness(self, copies: list[Checkpoint] | None = None) -> Witness:
        """Return who is believed."""
        return Witness(public_keys(self.listed), copies)

    def sign(self, url: str, chain: str = "rg:GB", at_us: int = NOON_US) -> Checkpoint:
        """Sign how far a chain has come."""
        made = sign_chain(url, chain, self.key, self.witness(), at_us)
        assert made is not None
        return made
