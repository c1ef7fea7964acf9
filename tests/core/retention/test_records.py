"""Records of the vault end as their terms say, provably, whatever stops a run."""

from datetime import date

import pytest
from sqlalchemy import select, update

from core.kyc.blobs import Bucket
from core.kyc.contents import Check, Declaration, Person
from core.kyc.errors import VaultError
from core.kyc.schema import PLAYER, RECORD, WORD
from core.kyc.vault import Put, Vault, listed
from core.retention.chain import entry
from core.retention.errors import RetentionError
from core.retention.holds import end_hold, set_hold
from core.retention.proof import found_records
from core.retention.records import destroy, judged
from tests.core.kyc.vault_world import GB, NOW, at, by, check, passport
from tests.core.retention.retention_world import all_kept, kept, order, pack_of

FIVE = all_kept(5)
LATER = at("2031-11-11 00:00")


def proved(vault: Vault, seq: int) -> list[str]:
    with vault.engine.begin() as connection:
        said = entry(connection, "GB", seq)
    return list(found_records(vault, said["inputs"], said["at_us"]))


def test_a_record_is_destroyed_with_its_term_and_the_proof_holds(vault: Vault) -> None:
    record = vault.put(passport(), by())
    assert destroy(vault, order(FIVE, LATER - 1), {"p1": NOW}) is None

    seq = destroy(vault, order(FIVE, LATER), {"p1": NOW})

    assert seq == 1
    assert proved(vault, seq) == []
    assert not vault.bucket.has(record)
    with pytest.raises(VaultError, match="was destroyed"):
        vault.read(record, by(at_us=LATER))
    with vault.engine.begin() as connection:
        row = connection.execute(select(RECORD)).one()
        assert (row.player, row.wrapped, row.content, row.expires_on) == ("", b"", b"", "")
        assert connection.execute(select(PLAYER)).all() == []
        assert connection.execute(select(WORD)).all() == []
    assert destroy(vault, order(FIVE, LATER), {"p1": NOW}) is None


def test_a_proof_finds_what_came_back(vault: Vault) -> None:
    record = vault.put(passport(), by())
    seq = destroy(vault, order(FIVE, LATER), {"p1": NOW})
    assert seq is not None

    vault.bucket.put(record, b"a blob from a backup")
    assert any("blob" in line for line in proved(vault, seq))
    vault.bucket.delete(record)
    with vault.engine.begin() as connection:
        connection.execute(update(RECORD).values(player="p1", wrapped=b"key"))

    found = proved(vault, seq)
    assert any("still has a key" in line for line in found)
    assert any("still in kyc_record" in line for line in found)


def test_a_player_who_came_back_later_is_no_flaw_of_the_proof(vault: Vault) -> None:
    vault.put(passport(), by())
    seq = destroy(vault, order(FIVE, LATER), {"p1": NOW})
    vault.put(passport(), by(at_us=LATER + 5))

    assert seq is not None
    assert proved(vault, seq) == []


def test_years_from_the_end_of_a_relationship_need_its_end(vault: Vault) -> None:
    pack = all_kept(5, "relationship_end")
    vault.put(passport(), by())

    assert destroy(vault, order(pack, at("2090-01-01 00:00")), {}) is None
    assert destroy(vault, order(pack, at("2090-01-01 00:00")), {"p1": NOW}) == 1


def test_a_term_nobody_knows_destroys_nothing(vault: Vault) -> None:
    vault.put(passport(), by())

    assert destroy(vault, order(GB, at("2090-01-01 00:00")), {"p1": NOW}) is None
    pack = pack_of(kept("identity", 1), kept("aml", None))
    assert destroy(vault, order(pack, at("2090-01-01 00:00")), {"p1": NOW}) is None


def test_a_hold_placed_between_plan_and_run_wins_and_its_end_frees(vault: Vault) -> None:
    vault.put(passport(), by())
    vault.put(passport("p2"), by())
    with vault.engine.begin() as connection:
        ends = {"p1": NOW, "p2": NOW}
        plan = judged(connection, "GB", FIVE, ends, (LATER, LATER))
    assert [one.is_due(LATER) for one in plan] == [True, True]
    with vault.engine.begin() as connection:
        hold = set_hold(connection, ("GB", "p1"), by("counsel", "file 12", LATER), None)

    assert destroy(vault, order(FIVE, LATER), ends) is not None

    assert {one.player for one in vault.list()} == {"p1", ""}
    with vault.engine.begin() as connection:
        end_hold(connection, hold, by("counsel", "closed", LATER + 1))
    assert destroy(vault, order(FIVE, LATER + 1), ends) is not None
    assert {one.player for one in vault.list()} == {""}


def test_a_hold_that_ran_out_holds_no_longer(vault: Vault) -> None:
    vault.put(passport(), by())
    with vault.engine.begin() as connection:
        set_hold(connection, ("GB", "p1"), by("counsel", "file 12"), NOW + 5)

    assert destroy(vault, order(FIVE, LATER), {"p1": NOW}) is not None


def test_a_clock_that_went_back_destroys_nothing(vault: Vault) -> None:
    vault.put(passport(), by())
    vault.put(passport("p2"), by(at_us=LATER))
    destroy(vault, order(FIVE, LATER), {"p1": NOW, "p2": NOW})

    with pytest.raises(RetentionError, match="clock went back"):
        destroy(vault, order(FIVE, LATER - 1), {"p2": NOW})
    assert destroy(vault, order(FIVE, NOW, LATER), {"p2": NOW}) is None
    assert len([one for one in vault.list() if one.destroyed_us is None]) == 1


def test_what_a_present_level_rests_on_stays_while_the_player_does(vault: Vault) -> None:
    document = vault.put(passport(expires_on=date(2050, 1, 1)), by())
    vault.put(check(document), by())
    vault.put(Put("p1", GB, Declaration(of="funds", source="wage")), by())
    vault.put(Put("p1", GB, Person(last_name="Doe")), by())
    vault.put(Put("p1", GB, Person(last_name="Roe")), by())

    destroy(vault, order(FIVE, LATER), {})

    assert sorted(one.kind for one in vault.list() if one.destroyed_us is None) == [
        "check", "document", "person",
    ]  # fmt: skip
    destroy(vault, order(FIVE, LATER + 1), {"p1": NOW})
    assert all(one.destroyed_us for one in vault.list())


def test_a_run_that_died_before_the_blobs_went_is_finished_by_the_next(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = vault.put(passport(), by())
    with monkeypatch.context() as power:
        power.setattr(Bucket, "delete", _power_fails)
        with pytest.raises(RuntimeError):
            destroy(vault, order(FIVE, LATER), {"p1": NOW})
    assert vault.bucket.has(record)
    assert proved(vault, 1) != []

    assert destroy(vault, order(FIVE, LATER), {"p1": NOW}) is None

    assert not vault.bucket.has(record)
    assert proved(vault, 1) == []


def _power_fails(*_: object) -> None:
    raise RuntimeError


def test_other_packs_of_a_region_are_left_alone(vault: Vault) -> None:
    vault.put(passport(), by())
    with vault.engine.begin() as connection:
        connection.execute(update(RECORD).values(jurisdiction="MT"))

    assert destroy(vault, order(FIVE, LATER), {"p1": NOW}) is None
    with vault.engine.begin() as connection:
        assert len(listed(connection, "GB")) == 1


def test_a_check_says_when_it_was_made_and_is_dated_by_when_it_came(vault: Vault) -> None:
    old = Check(provider="v", result="passed", level="", checked_at_us=5)
    vault.put(Put("p1", GB, old), by())

    assert destroy(vault, order(FIVE, LATER - 1), {"p1": NOW}) is None
