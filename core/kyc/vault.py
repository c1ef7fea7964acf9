"""The vault of a region: put, list, read. Way: staff, providers -> here -> rows, bucket, chain.

A read is told in the chain `kyc:<region>` and committed before anything is opened: where the log
cannot be written, nothing is returned. Every row is bound to what stands beside it in clear.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row, Select, insert, select
from sqlalchemy.engine import Connection, Engine

from core.compliance.pack import Pack
from core.kyc.blobs import Bucket
from core.kyc.contents import Content, Shown, content_in, sealed_text, shown
from core.kyc.errors import SealError, VaultError
from core.kyc.keys import KeyRing, key_ring
from core.kyc.levels import Listed
from core.kyc.opening import migrate, opened
from core.kyc.schema import KEY, RECORD
from core.kyc.seal import Bound, new_key, seal, unseal, unwrap, wrap
from core.kyc.telling import By, body, pseudonym_of, tell
from core.kyc.words import keep_word
from core.residency import Region


@dataclass(frozen=True, slots=True)
class Put:
    """A record to put: whose, of which pack, what, and the document itself if there is one."""

    player: str
    pack: Pack
    content: Content
    document: bytes | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A record opened."""

    listed: Listed
    content: Content
    document: bytes | None


@dataclass(frozen=True, slots=True)
class Vault:
    """A region's records."""

    region: Region
    engine: Engine
    ring: KeyRing
    bucket: Bucket

    def put(self, what: Put, by: By) -> str:
        """Seal and keep a record; return its id. What a check changes, the rules will be told.

        Raises:
            VaultError: the pack is of another region, what it rests on is not this player's, or
                the ring's current key was dropped.
        """
        if what.pack.region != self.region.name:
            raise VaultError(
                f"pack {what.pack.pack} is of region {what.pack.region}",
                expected=f"a pack of {self.region.name}",
            )
        record_id = secrets.token_hex(16)
        seen, key = shown(what.content, by.at_us), new_key()
        bound = _bound(self.region.name, what, record_id, seen)
        blob_hash = ""
        if what.document is not None:
            blob_hash = self.bucket.put(record_id, seal(key, what.document, bound.of("blob")))
        try:
            with self.engine.begin() as connection:
                self._write(connection, (what, by, seen, bound), (key, blob_hash))
        except BaseException:
            self.bucket.delete(record_id)
            raise
        return record_id

    def list(self, player: str = "") -> list[Listed]:
        """Return records as they may be listed, of one player or of all, oldest first."""
        with self.engine.begin() as connection:
            return listed(connection, self.region.name, player)

    def read(self, record_id: str, by: By) -> Opened:
        """Tell the look, then open a record.

        Raises:
            VaultError: there is none, or it is destroyed.
            SealError: it does not open; that is told, too.
        """
        with self.engine.begin() as connection:
            row = self._found(connection, record_id)
            name = pseudonym_of(connection, self.region.name, row.player)
            said = body("KYC_READ", by, row.jurisdiction, name, record=record_id, kind=row.kind)
            tell(connection, self.region.name, said)
        try:
            return self._opened(row)
        except SealError:
            with self.engine.begin() as connection:
                said = body("KYC_UNREADABLE", by, row.jurisdiction, name, record=record_id)
                tell(connection, self.region.name, said)
            raise

    def _write(
        self, connection: Connection, said: tuple[Put, By, Shown, Bound], held: tuple[bytes, str]
    ) -> None:
        (what, by, seen, bound), (key, blob_hash) = said, held
        region, place = self.region.name, what.pack.pack
        name = pseudonym_of(connection, region, what.player)
        _check_links(connection, bound)
        key_id, wrapped = wrap(self.ring, key, bound)
        use_key(connection, region, key_id)
        connection.execute(insert(RECORD).values(
            id=bound.record_id, region=region, jurisdiction=place, player=what.player,
            kind=seen.kind, what=seen.what, expires_on=seen.expires_on, level=seen.level,
            links=msgspec.json.encode(seen.links).decode(), at_us=seen.at_us, put_us=by.at_us,
            put_by=by.staff_id, key_id=key_id, wrapped=wrapped, blob_hash=blob_hash,
            content=seal(key, sealed_text(what.content), bound.of("content")), destroyed_us=None,
        ))  # fmt: skip
        if seen.kind == "check":
            records = listed(connection, region, what.player)
            keep_word(connection, region, what.pack, records, (bound.record_id, by.at_us))
        tell(connection, region, body(
            "KYC_PUT", by, place, name, record=bound.record_id, kind=seen.kind, what=seen.what,
            has_document=bool(blob_hash),
        ))  # fmt: skip

    def _found(self, connection: Connection, record_id: str) -> Row[Any]:
        wanted = select(RECORD).where(RECORD.c.id == record_id, RECORD.c.region == self.region.name)
        row = connection.execute(wanted).one_or_none()
        if row is None:
            raise VaultError(
                f"no record {record_id} in {self.region.name}", hint="evenhand kyc list"
            )
        if row.destroyed_us is not None:
            raise VaultError(
                f"record {record_id} was destroyed when its term was over",
                hint="the chain of its pack says when: `evenhand log verify`",
            )
        return row

    def _opened(self, row: Row[Any]) -> Opened:
        one, bound = listed_row(row), bound_of(row)
        key = unwrap(self.ring, row.key_id, row.wrapped, bound)
        text = unseal(key, row.content, bound.of("content"), row.id)
        document = None
        if row.blob_hash:
            sealed = self.bucket.get(row.id, row.blob_hash)
            document = unseal(key, sealed, bound.of("blob"), row.id)
        return Opened(one, content_in(row.kind, text), document)


@contextmanager
def vault_in(region: Region) -> Iterator[Vault]:
    """Open a region's vault, brought to this version.

    Raises:
        NotReadyError: database or key ring are not there.
    """
    ring = key_ring(region.key_file)
    migrate(region)
    engine = opened(region)
    try:
        yield Vault(region, engine, ring, Bucket(region.bucket))
    finally:
        engine.dispose()


def listed(connection: Connection, region: str, player: str = "") -> list[Listed]:
    """Return a region's records, of one player or of all, oldest first."""
    wanted: Select[Any] = select(RECORD).where(RECORD.c.region == region)
    if player:
        wanted = wanted.where(RECORD.c.player == player)
    rows = connection.execute(wanted.order_by(RECORD.c.put_us, RECORD.c.id))
    return [listed_row(row) for row in rows]


def listed_row(row: Row[Any]) -> Listed:
    """Return a row as it may be listed."""
    return Listed(
        row.id, row.jurisdiction, row.player, row.kind, row.what, row.expires_on, row.level,
        msgspec.json.decode(row.links, type=tuple[str, ...]), row.at_us, row.put_us, row.put_by,
        row.key_id, bool(row.blob_hash), row.destroyed_us,
    )  # fmt: skip


def bound_of(row: Row[Any]) -> Bound:
    """Return what a row's sealed texts are bound to."""
    links = msgspec.json.decode(row.links, type=tuple[str, ...])
    return Bound(
        row.region, row.jurisdiction, row.player, row.id, row.kind, row.what, row.expires_on,
        row.level, links, row.at_us,
    )  # fmt: skip


def use_key(connection: Connection, region: str, key_id: str) -> None:
    """Hold a key while something is wrapped by it, so that nobody drops it meanwhile.

    Raises:
        VaultError: it was dropped; whoever still has it must read the ring again.
    """
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as put
    else:
        from sqlalchemy.dialects.sqlite import insert as put  # type: ignore[assignment]
    row = {"region": region, "key_id": key_id, "dropped_us": None}
    connection.execute(put(KEY).values(**row).on_conflict_do_nothing())
    wanted = select(KEY.c.dropped_us).where(KEY.c.region == region, KEY.c.key_id == key_id)
    if connection.execute(wanted.with_for_update(read=True)).scalar_one() is not None:
        raise VaultError(f"key {key_id} was dropped", hint="begin again with the ring as it is now")


def _bound(region: str, what: Put, record_id: str, seen: Shown) -> Bound:
    return Bound(
        region, what.pack.pack, what.player, record_id, seen.kind, seen.what, seen.expires_on,
        seen.level, seen.links, seen.at_us,
    )  # fmt: skip


def _check_links(connection: Connection, bound: Bound) -> None:
    wanted = select(RECORD.c.id).where(
        RECORD.c.id.in_(bound.links), RECORD.c.player == bound.player, RECORD.c.kind == "document",
        RECORD.c.region == bound.region, RECORD.c.destroyed_us.is_(None),
    )  # fmt: skip
    missing = set(bound.links) - set(connection.execute(wanted).scalars())
    if missing:
        raise VaultError(
            f"it rests on {', '.join(sorted(missing))}", expected="documents of the same player",
            hint="evenhand kyc list --player",
        )  # fmt: skip
