"""The vault: sealed, bound to its row, told before it is opened, in both databases."""

import os
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from core.errors import EvenhandError
from core.kyc.contents import Declaration, Document, content_of
from core.kyc.errors import SealError, VaultError
from core.kyc.keys import KeyRing, add_key, key_ring
from core.kyc.rotation import drop, rotate, uses, waiting
from core.kyc.schema import RECORD
from core.kyc.seal import Bound, new_key, seal, unseal, unwrap, wrap
from core.kyc.vault import Put, Vault, vault_in
from core.residency import Region
from tests.core.kyc.vault_world import GB, NOW, NUMBER, SCAN, by, check, passport, told

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "100"))
BOUND = Bound("GB", "GB", "p1", "r1", "document", "passport", "2027-03-31", "", (), 5)


def test_what_was_put_is_read_again_and_who_looked_is_told(vault: Vault) -> None:
    record = vault.put(passport(), by())

    found = vault.read(record, by("ben", "audit"))

    assert isinstance(found.content, Document)
    assert (found.content.number, found.document) == (NUMBER, SCAN)
    assert [(one["event"], one["staff_id"], one["purpose"]) for one in told(vault)] == [
        ("KYC_PUT", "ann", "onboarding"), ("KYC_READ", "ben", "audit"),
    ]  # fmt: skip


def test_nothing_personal_stands_in_the_log_or_in_clear(vault: Vault, region: Region) -> None:
    record = vault.put(passport("player-anna"), by())
    vault.read(record, by())

    assert "player-anna" not in str(told(vault))
    with vault.engine.begin() as connection:
        assert NUMBER.encode() not in bytes(
            connection.execute(select(RECORD.c.content)).scalar_one()
        )
    stored = b"".join(p.read_bytes() for p in region.bucket.parent.rglob("*") if p.is_file())
    assert NUMBER.encode() not in stored
    assert SCAN not in stored


def test_nothing_is_returned_where_the_log_cannot_be_written(vault: Vault) -> None:
    record = vault.put(passport(), by())
    with vault.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry RENAME TO audit_gone"))

    with pytest.raises(Exception, match="audit_entry"):
        vault.read(record, by())


@pytest.mark.parametrize(("who", "purpose"), [("", "audit"), ("ann", " ")])
def test_a_look_without_a_name_or_a_purpose_is_refused(who: str, purpose: str) -> None:
    with pytest.raises(VaultError, match="without a name or a purpose"):
        by(who, purpose)


@pytest.mark.parametrize(
    ("column", "value"),
    [("player", "p2"), ("expires_on", "2099-01-01"), ("what", "id_card"), ("level", "full"),
     ("jurisdiction", "MT"), ("links", '["x"]'), ("kind", "declaration"), ("at_us", 7)],
)  # fmt: skip
def test_a_row_changed_in_clear_does_not_open(vault: Vault, column: str, value: object) -> None:
    record = vault.put(passport(), by())
    with vault.engine.begin() as connection:
        connection.execute(update(RECORD).values({column: value}))

    with pytest.raises(SealError, match="does not open"):
        vault.read(record, by())

    assert told(vault)[-1]["event"] == "KYC_UNREADABLE"


def test_swapped_contents_and_swapped_scans_do_not_open(vault: Vault, region: Region) -> None:
    one, two = vault.put(passport(), by()), vault.put(passport(), by())
    paths = {path.stem: path for path in region.bucket.rglob("*.sealed")}
    held = paths[one].read_bytes()
    paths[one].write_bytes(paths[two].read_bytes())
    with pytest.raises(SealError, match="not the one that was put"):
        vault.read(one, by())
    paths[one].write_bytes(held)
    with vault.engine.begin() as connection:
        row = connection.execute(select(RECORD).where(RECORD.c.id == two)).one()
        connection.execute(
            update(RECORD).where(RECORD.c.id == one).values(
                content=row.content, wrapped=row.wrapped, blob_hash=row.blob_hash)
        )  # fmt: skip

    with pytest.raises(SealError, match="does not open"):
        vault.read(one, by())


@settings(max_examples=EXAMPLES)
@given(plain=st.binary(max_size=200), data=st.data())
def test_a_sealed_text_with_any_byte_changed_never_opens(plain: bytes, data: st.DataObject) -> None:
    key = new_key()
    sealed = seal(key, plain, BOUND.of("content"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[place] ^= data.draw(st.integers(1, 255))

    assert unseal(key, sealed, BOUND.of("content"), "r1") == plain
    for broken in (bytes(changed), sealed[:place], sealed + b"\0"):
        with pytest.raises(SealError, match="does not open"):
            unseal(key, broken, BOUND.of("content"), "r1")


@settings(max_examples=EXAMPLES)
@given(st.sampled_from([field.name for field in fields(Bound)]), st.sampled_from(("key", "blob")))
def test_what_is_bound_to_one_row_opens_in_no_other(field: str, part: str) -> None:
    value = getattr(BOUND, field)
    changed: Any = value + 1 if isinstance(value, int) else value + type(value)("x")
    other = replace(BOUND, **{field: changed})
    key = new_key()

    for associated in (other.of("content"), BOUND.of(part)):
        with pytest.raises(SealError):
            unseal(key, seal(key, b"text", BOUND.of("content")), associated, "r1")


def test_another_key_under_the_same_name_does_not_open() -> None:
    ring = KeyRing("k", {"k": new_key()})
    key_id, wrapped = wrap(ring, new_key(), BOUND)

    with pytest.raises(SealError, match="does not open"):
        unwrap(KeyRing("k", {"k": new_key()}), key_id, wrapped, BOUND)
    with pytest.raises(SealError, match="does not open"):
        unwrap(ring, key_id, wrapped, replace(BOUND, player="p2"))
    with pytest.raises(SealError, match="which the ring has not"):
        unwrap(KeyRing("z", {"z": new_key()}), key_id, wrapped, BOUND)


def test_keys_are_rotated_in_batches_and_the_old_one_goes_when_nothing_needs_it(
    vault: Vault, region: Region
) -> None:
    records = [vault.put(passport(f"p{n}"), by()) for n in range(5)]
    old = vault.ring.current
    add_key(region.key_file, 2)
    with vault_in(region) as fresh:
        with pytest.raises(VaultError, match="5 records still need"):
            drop(fresh, old, by("keeper"))
        with pytest.raises(RuntimeError):
            rotate(fresh, by("keeper"), 2, _stopped)
        assert waiting(fresh) == 3
        assert rotate(fresh, by("keeper"), 2) == 3
        drop(fresh, old, by("keeper"))

    with vault_in(region) as after:
        assert list(key_ring(region.key_file).keys) == [after.ring.current]
        assert uses(after) == {after.ring.current: 5}
        assert all(after.read(record, by()).document == SCAN for record in records)
        events = [one["event"] for one in told(after)]
        assert events.count("KYC_ROTATED") == 3
    with pytest.raises(VaultError, match="was dropped"):  # a process that still has the old ring
        vault.put(passport(), by())


def _stopped(_total: int) -> None:
    raise RuntimeError


def test_a_check_rests_on_documents_of_the_same_player_only(vault: Vault, region: Region) -> None:
    other = vault.put(passport("p2"), by())

    with pytest.raises(VaultError, match="documents of the same player"):
        vault.put(check(other), by())
    with pytest.raises(VaultError, match="documents of the same player"):
        vault.put(
            Put("p1", GB, Declaration(of="funds", source="wage", documents=(other,)), b"x"), by()
        )

    assert [path.stem for path in region.bucket.rglob("*.sealed")] == [other]


def test_an_error_of_a_file_repeats_nothing_that_stands_in_it() -> None:
    with pytest.raises(EvenhandError) as met:
        content_of("document", {"type": "Smith, Anna", "issuer": "GB", "number": NUMBER})

    assert "Smith" not in str(met.value)
    assert NUMBER not in str(met.value)
    assert "type" in str(met.value)


def test_a_ring_others_may_read_or_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    add_key(path, 1)
    path.chmod(0o644)
    with pytest.raises(EvenhandError, match="others may read"):
        key_ring(path)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b'"key":"', b'"key":"AAAA'))

    with pytest.raises(EvenhandError, match="ring:1"):
        key_ring(path)


def test_a_declaration_is_kept_with_its_evidence(vault: Vault) -> None:
    evidence = vault.put(passport(expires_on=None), by())
    said = Declaration(
        of="funds", source="wage", income_year_minor=4_000_000, currency="GBP",
        documents=(evidence,), declared_on=date(2026, 11, 1),
    )  # fmt: skip

    record = vault.put(Put("p1", GB, said), by(at_us=NOW + 1))

    assert vault.read(record, by()).content == said
    assert [one.kind for one in vault.list("p1")] == ["document", "declaration"]
