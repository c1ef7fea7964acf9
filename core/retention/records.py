"""Ends records of the vault: their keys are destroyed, then their blobs. Way: vault -> here.

One transaction judges, destroys and tells; holds wait for it. Blobs go after it: a crash in between
leaves bytes no key opens, and the next run takes them away. What is in use stays.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Connection, Engine

from core.compliance.calendar import Zone
from core.compliance.pack import Pack
from core.kyc.levels import Listed, level_on
from core.kyc.schema import PLAYER, RECORD, WORD
from core.kyc.vault import Vault, listed
from core.retention.chain import body, hashed, tell
from core.retention.classes import OF_VAULT
from core.retention.holds import held
from core.retention.judging import Claims, Outcome, claims_of, outcome
from core.retention.running import Order, check_clock

EVENT = "RETENTION_RECORDS_DESTROYED"
_IN_USE = Outcome(None, "the player's level or identity rests on it")


@dataclass(frozen=True, slots=True)
class Judged:
    """A record and its outcome."""

    record: Listed
    outcome: Outcome

    def is_due(self, at_us: int) -> bool:
        """Say whether it is due."""
        return self.outcome.due_us is not None and self.outcome.due_us <= at_us


def judged(
    connection: Connection, region: str, pack: Pack, ends: Mapping[str, int], at: tuple[int, int]
) -> list[Judged]:  # fmt: skip
    """Judge a pack's records of the vault; `ends` says when relationships ended (UTC).

    `at` is the instant asked about, and the present one, by which holds bind.
    """
    at_us, now_us = at
    holding, claims = held(connection, pack.pack, now_us), claims_of(pack, OF_VAULT)
    players: dict[str, list[Listed]] = {}
    for one in listed(connection, region):
        if one.jurisdiction == pack.pack and one.destroyed_us is None:
            players.setdefault(one.player, []).append(one)
    zone, found = Zone(pack.timezone), []
    for player, records in players.items():
        said = (claims, ends.get(player), player in holding)
        found += _of_player(records, said, zone, (at_us, now_us))
    return found


def _of_player(
    records: list[Listed], said: tuple[Claims, int | None, bool], zone: Zone, at: tuple[int, int]
) -> list[Judged]:
    (claims, ended_us, is_held), (at_us, now_us) = said, at
    kept, found, today = list(records), [], zone.local(now_us).date()
    for one in records:
        dates = {"record": max(one.at_us, one.put_us), "relationship_end": ended_us}
        judged_one = Judged(one, outcome(claims, dates, zone, is_held=is_held))  # type: ignore[arg-type]
        if judged_one.is_due(at_us):
            without = [other for other in kept if other.id != one.id]
            if ended_us is None and _is_in_use(one, without, kept, today):
                judged_one = Judged(one, _IN_USE)
            else:
                kept = without
        found.append(judged_one)
    return found


def _is_in_use(one: Listed, without: list[Listed], kept: list[Listed], today: date) -> bool:
    """Say whether a player's level falls without a record, or nobody knows who he is."""
    if one.kind == "person":
        return not any(other.kind == "person" for other in without)
    return level_on(without, today) != level_on(kept, today)


def destroy(vault: Vault, order: Order, ends: Mapping[str, int]) -> int | None:
    """Destroy what is due; return the number of the chain's entry, null if nothing was.

    Raises:
        RetentionError: the clock went back.
    """
    with vault.engine.begin() as connection:
        check_clock(connection, order)
        region, now_us = vault.region.name, order.by.at_us
        every = judged(connection, region, order.pack, ends, (order.at_us, now_us))
        due = [one.record for one in every if one.is_due(order.at_us)]
        seq = _destroyed(connection, vault, order, due) if due else None
    sweep_destroyed(vault)
    if due:
        _scrub(vault.engine)
    return seq


def sweep_destroyed(vault: Vault) -> None:
    """Remove blobs of destroyed records that are still there."""
    wanted = select(RECORD.c.id).where(
        RECORD.c.destroyed_us.is_not(None), RECORD.c.region == vault.region.name
    )
    with vault.engine.begin() as connection:
        for record_id in connection.execute(wanted).scalars().all():
            vault.bucket.delete(record_id)


def _destroyed(connection: Connection, vault: Vault, order: Order, due: list[Listed]) -> int:
    region, salt = vault.region.name, secrets.token_hex(16)
    for one in due:
        connection.execute(
            update(RECORD).where(RECORD.c.id == one.id).values(
                player="", what="", expires_on="", level="", links="[]", at_us=0, put_by="",
                key_id="", wrapped=b"", content=b"", blob_hash="", destroyed_us=order.by.at_us,
            )
        )  # fmt: skip
    gone = _forget(connection, region, {one.player for one in due})
    counts: dict[str, Any] = dict(Counter(one.kind for one in due))
    return tell(connection, order.pack.pack, body(
        EVENT, order.by, order.pack.pack, second=order.second, at=order.at_us, salt=salt,
        counts=counts, records=hashed(salt, (one.id for one in due)), players=hashed(salt, gone),
    ))  # fmt: skip


def _forget(connection: Connection, region: str, players: set[str]) -> list[str]:
    """Forget the pseudonyms of players without any record left; return who they were."""
    wanted = select(RECORD.c.player).where(RECORD.c.region == region, RECORD.c.player.in_(players))
    gone = sorted(players - set(connection.execute(wanted).scalars()))
    for table in (PLAYER, WORD):
        connection.execute(delete(table).where(table.c.region == region, table.c.player.in_(gone)))
    return gone


def _scrub(engine: Engine) -> None:
    """Bring the change to the file itself, and let PostgreSQL reuse the old rows."""
    raw = engine.raw_connection()
    try:
        driver: Any = raw.driver_connection
        if engine.dialect.name == "sqlite":
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        else:
            driver.autocommit = True
            driver.execute("VACUUM kyc_record")
    finally:
        raw.close()
