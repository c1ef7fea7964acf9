"""Looks for what an entry says is gone. Way: chain entry -> here -> what is still to be found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Table, select

from core.kyc.schema import PLAYER, RECORD, WORD
from core.kyc.vault import Vault
from core.retention.chain import hashed


def found_records(vault: Vault, said: Mapping[str, Any], at_us: int) -> Iterator[str]:
    """Yield what is still to be found of records that were destroyed at an instant."""
    salt, named = said["salt"], set(said["records"])
    with vault.engine.begin() as connection:
        rows = connection.execute(select(RECORD).where(RECORD.c.region == vault.region.name)).all()
        players = {
            table.name: set(connection.execute(_players(table, vault.region.name)).scalars())
            for table in (PLAYER, WORD)
        }
    of_entry = [row for row in rows if hashed(salt, [row.id])[0] in named]
    for row in of_entry:
        if row.destroyed_us is None or row.wrapped or row.content or row.player:
            yield f"record {row.id} still has a key, a content or a player"
    blobs = [name for name in vault.bucket.ids() if hashed(salt, [name])[0] in named]
    yield from (f"the blob of record {name} is still in the bucket" for name in blobs)
    if len(of_entry) != len(named):
        yield f"{len(named) - len(of_entry)} records named have no row that tells their end"
    back = {row.player for row in rows if row.put_us >= at_us}
    gone = set(said["players"])
    old = {row.player for row in rows if row.player and row.put_us < at_us}
    for where, names in {**players, RECORD.name: old}.items():
        count = sum(hashed(salt, [name])[0] in gone for name in names - back)
        if count:
            yield f"{count} players named are still in {where}"


def _players(table: Table, region: str) -> Any:
    return select(table.c.player).where(table.c.region == region)
