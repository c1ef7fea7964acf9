"""Wraps the keys of records anew, and drops a key no record needs. Way: key ring -> here -> rows.

Contents and documents stay as they are; no content is opened. Every batch is one transaction: who
is stopped goes on where he was, because a row names the key it is wrapped by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.engine import Connection

from core.kyc.errors import VaultError
from core.kyc.keys import drop_key
from core.kyc.schema import KEY, RECORD
from core.kyc.seal import unwrap, wrap
from core.kyc.telling import By, body, tell
from core.kyc.vault import Vault, bound_of, use_key

BATCH = 500


def waiting(vault: Vault) -> int:
    """Return how many records are wrapped by another key than the current one."""
    with vault.engine.begin() as connection:
        return _count(connection, vault.region.name, RECORD.c.key_id != vault.ring.current)


def uses(vault: Vault) -> dict[str, int]:
    """Return how many records each key of the ring, or missing from it, wraps."""
    with vault.engine.begin() as connection:
        rows = connection.execute(
            select(RECORD.c.key_id, func.count())
            .where(RECORD.c.region == vault.region.name, RECORD.c.destroyed_us.is_(None))
            .group_by(RECORD.c.key_id)
        )
        found = {key_id: int(count) for key_id, count in rows}
    return {key_id: found.get(key_id, 0) for key_id in [*vault.ring.keys, *sorted(found)]}


def rotate(
    vault: Vault, by: By, batch: int = BATCH, on_batch: Callable[[int], None] = lambda _: None
) -> int:
    """Wrap all records' keys with the current key; return how many were.

    Raises:
        SealError: a row does not open; those before its batch are done.
    """
    total = 0
    while True:
        with vault.engine.begin() as connection:
            done = _batch(connection, vault, by, batch)
        if not done:
            return total
        total += done
        on_batch(total)


def drop(vault: Vault, key_id: str, by: By) -> None:
    """Drop a key from the ring.

    Raises:
        VaultError: a record still needs it, or it is the current one.
    """
    region = vault.region.name
    if key_id == vault.ring.current:
        raise VaultError(f"key {key_id} is the current one", hint="`evenhand kyc keys --new` first")
    with vault.engine.begin() as connection:
        _mark_dropped(connection, region, key_id, by)
        needed = _count(connection, region, RECORD.c.key_id == key_id)
        if needed:
            raise VaultError(
                f"{needed} records still need key {key_id}", hint="evenhand kyc rotate"
            )
        tell(connection, region, body("KYC_KEY_DROPPED", by, "", key=key_id))
    drop_key(vault.region.key_file, key_id)


def _mark_dropped(connection: Connection, region: str, key_id: str, by: By) -> None:
    """Lock the key first, so that who wraps by it now is done, and nobody begins."""
    is_it = (KEY.c.region == region, KEY.c.key_id == key_id)
    locked = connection.execute(select(KEY.c.dropped_us).where(*is_it).with_for_update()).first()
    if locked is None:
        use_key(connection, region, key_id)
    connection.execute(update(KEY).where(*is_it).values(dropped_us=by.at_us))


def _batch(connection: Connection, vault: Vault, by: By, batch: int) -> int:
    region = vault.region.name
    wanted = select(RECORD).where(
        RECORD.c.region == region, RECORD.c.destroyed_us.is_(None),
        RECORD.c.key_id != vault.ring.current,
    )  # fmt: skip
    rows = connection.execute(wanted.order_by(RECORD.c.id).limit(batch).with_for_update()).all()
    if not rows:
        return 0
    use_key(connection, region, vault.ring.current)
    for row in rows:
        _rewrap(connection, vault, row)
    tell(connection, region,
         body("KYC_ROTATED", by, "", records=len(rows), key=vault.ring.current))  # fmt: skip
    return len(rows)


def _rewrap(connection: Connection, vault: Vault, row: Row[Any]) -> None:
    bound = bound_of(row)
    key_id, wrapped = wrap(vault.ring, unwrap(vault.ring, row.key_id, row.wrapped, bound), bound)
    connection.execute(
        update(RECORD).where(RECORD.c.id == row.id).values(key_id=key_id, wrapped=wrapped)
    )


def _count(connection: Connection, region: str, which: Any) -> int:
    wanted = select(func.count()).where(
        RECORD.c.region == region, RECORD.c.destroyed_us.is_(None), which
    )
    return int(connection.execute(wanted).scalar_one())
