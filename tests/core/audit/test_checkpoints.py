"""What a checkpoint proves, what it takes to make one, and what a second copy adds."""

from __future__ import annotations

import random
import stat
from pathlib import Path

import pytest
from sqlalchemy import insert

from core.audit.broken import BrokenChainError, What
from core.audit.checkpoint import Checkpoint
from core.audit.checkpoints import checkpoints_of, keep
from core.audit.copies import FILE, believed_copies, copies_in, keep_copies
from core.audit.entry import GENESIS
from core.audit.keys import NO_KEYS, public_keys, signing_key
from core.audit.known import Witness
from core.audit.opening import appending, looking
from core.audit.signing import sign_chain
from core.audit.tables import CHECKPOINT
from core.errors import LogError, NotReadyError, SourceError
from tests.core.audit.logs import NOON_US, Signer, breaking, broken, fill, tamper


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    """A key."""
    return Signer(tmp_path / "keys")


def test_a_checkpoint_says_how_far_the_chain_had_come(log_url: str, signer: Signer) -> None:
    head = fill(log_url, {"rg:GB": 12})["rg:GB"]

    first = signer.sign(log_url)
    fill(log_url, {"rg:GB": 3})
    second = signer.sign(log_url, at_us=NOON_US + 1)

    assert (first.seq, first.hash, first.prev_digest) == (12, head.hash, GENESIS)
    assert (second.seq, second.prev_digest) == (15, first.digest)
    with looking(log_url) as connection:
        assert checkpoints_of(connection, "rg:GB") == [first, second]
    assert breaking(log_url, witness=signer.witness()) is None


def test_nothing_new_is_not_signed_again(log_url: str, signer: Signer) -> None:
    fill(log_url, {"rg:GB": 2})
    signer.sign(log_url)

    again = sign_chain(log_url, "rg:GB", signer.key, signer.witness(), NOON_US)

    assert again is None
    assert sign_chain(log_url, "rg:MT", signer.key, signer.witness(), NOON_US) is None


def test_a_broken_chain_is_not_signed(log_url: str, signer: Signer) -> None:
    fill(log_url, {"rg:GB": 4})
    signer.sign(log_url)
    fill(log_url, {"rg:GB": 4})
    tamper(log_url, "UPDATE audit_entry SET event = 'NOTHING' WHERE seq = 6")

    with pytest.raises(BrokenChainError, match="seq 6 "):
        signer.sign(log_url)


def test_a_chain_whose_head_lies_is_not_signed(log_url: str, signer: Signer) -> None:
    fill(log_url, {"rg:GB": 4})
    tamper(log_url, "UPDATE audit_head SET hash = 'x'")

    with pytest.raises(BrokenChainError, match="head"):
        signer.sign(log_url)


def test_only_what_came_since_the_last_checkpoint_is_read_again(
    log_url: str, signer: Signer
) -> None:
    fill(log_url, {"rg:GB": 4})
    signer.sign(log_url)
    fill(log_url, {"rg:GB": 4})
    tamper(log_url, "UPDATE audit_entry SET event = 'NOTHING' WHERE seq = 2")

    assert signer.sign(log_url).seq == 8  # its hash says what 2 was, not what it is
    assert broken(log_url, witness=signer.witness()).seq == 2


def test_a_checkpoint_that_was_changed_is_not_built_upon(log_url: str, signer: Signer) -> None:
    fill(log_url, {"rg:GB": 4})
    signer.sign(log_url)
    tamper(log_url, "UPDATE audit_checkpoint SET at_us = at_us + 1")
    fill(log_url, {"rg:GB": 4})

    with pytest.raises(BrokenChainError, match="signature"):
        signer.sign(log_url)


def test_of_two_that_sign_at_once_one_comes_too_late(log_url: str, signer: Signer) -> None:
    fill(log_url, {"rg:GB": 4})
    made = signer.sign(log_url)
    twin = {name: getattr(made, name) for name in made.__struct_fields__} | {"seq": 3}

    with pytest.raises(LogError), appending(log_url) as connection:
        keep(connection, Checkpoint(**twin))


def test_a_new_key_takes_over_and_the_old_ones_checkpoints_stay(
    log_url: str, signer: Signer, tmp_path: Path
) -> None:
    fill(log_url, {"rg:GB": 4})
    signer.sign(log_url)
    newer = Signer(tmp_path / "keys", "audit-2")
    fill(log_url, {"rg:GB": 4})
    newer.sign(log_url)

    assert len(signer.listed.read_text().splitlines()) == 2
    assert breaking(log_url, witness=newer.witness()) is None


def test_a_checkpoint_of_a_key_that_is_not_listed_proves_nothing(
    log_url: str, signer: Signer, tmp_path: Path
) -> None:
    fill(log_url, {"rg:GB": 4})
    stranger = Signer(tmp_path / "elsewhere")
    with pytest.raises(NotReadyError, match="not in the list"):
        sign_chain(log_url, "rg:GB", stranger.key, signer.witness(), NOON_US)
    stranger.sign(log_url)

    found = broken(log_url, witness=signer.witness())

    assert (found.what, found.seq) == (What.CHECKPOINT, 4)
    assert broken(log_url, witness=Witness(NO_KEYS)).what == What.CHECKPOINT


def test_a_signature_written_otherwise_is_none(log_url: str, signer: Signer) -> None:
    """Upper case reads as the same bytes; it was changed all the same."""
    fill(log_url, {"rg:GB": 4})
    signer.sign(log_url)
    tamper(log_url, "UPDATE audit_checkpoint SET signature = upper(signature)")

    assert broken(log_url, witness=signer.witness()).what == What.CHECKPOINT


def test_the_private_key_is_its_owners_alone(signer: Signer) -> None:
    assert stat.S_IMODE(signer.private.stat().st_mode) == 0o600
    assert signing_key(signer.private).key_id == signer.key.key_id
    assert "PRIVATE" not in signer.listed.read_text()
    assert repr(signer.key) == "SigningKey()"

    signer.private.chmod(0o640)
    with pytest.raises(NotReadyError, match="chmod 600"):
        signing_key(signer.private)


def test_a_key_is_never_written_over(signer: Signer, tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="there already"):
        Signer(tmp_path / "keys")

    assert signer.key.key_id in public_keys(signer.listed)


@pytest.mark.parametrize(
    "pem", ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_is_no_key_is_said_so(tmp_path: Path, pem: str) -> None:
    file = tmp_path / "key.pem"
    with pytest.raises(NotReadyError, match="evenhand log key"):
        signing_key(file)
    file.write_text(pem)
    file.chmod(0o600)

    with pytest.raises(NotReadyError, match="no private key"):
        signing_key(file)


def test_a_list_with_a_key_under_anothers_name_is_refused(signer: Signer) -> None:
    line = signer.listed.read_text()
    for wrong in (line.replace(signer.key.key_id, "0" * 16), "{}\n", line[:-9] + "\n"):
        signer.listed.write_text(wrong)
        with pytest.raises(NotReadyError):
            public_keys(signer.listed)


def test_a_copy_knows_of_a_tail_cut_off_with_its_checkpoints(
    log_url: str, signer: Signer, tmp_path: Path
) -> None:
    """With head and checkpoints set back, the database alone looks sound."""
    fill(log_url, {"rg:GB": 4})
    first = signer.sign(log_url)
    fill(log_url, {"rg:GB": 4})
    second = signer.sign(log_url)
    keep_copies(tmp_path / "second", [first, second])
    tamper(
        log_url, "DELETE FROM audit_entry WHERE seq > 4",
        "DELETE FROM audit_checkpoint WHERE seq > 4",
        f"UPDATE audit_head SET seq = 4, hash = '{first.hash}'",
    )  # fmt: skip

    assert breaking(log_url, witness=signer.witness()) is None
    found = broken(log_url, witness=signer.witness(copies_in(tmp_path / "second")))
    assert (found.what, found.seq) == (What.TRUNCATED, 5)


def test_a_copy_is_added_to_and_never_written_over(
    log_url: str, signer: Signer, tmp_path: Path
) -> None:
    fill(log_url, {"rg:GB": 4})
    first = signer.sign(log_url)
    assert keep_copies(tmp_path, [first]) == 1
    before = (tmp_path / FILE).read_bytes()
    fill(log_url, {"rg:GB": 4})
    second = signer.sign(log_url)

    assert keep_copies(tmp_path, [first, second]) == 1
    assert keep_copies(tmp_path, [first, second]) == 0
    assert (tmp_path / FILE).read_bytes().startswith(before)
    assert copies_in(tmp_path) == [first, second]


def test_a_line_cut_short_by_a_crash_is_mended_by_the_next(
    log_url: str, signer: Signer, tmp_path: Path
) -> None:
    fill(log_url, {"rg:GB": 4})
    first = signer.sign(log_url)
    fill(log_url, {"rg:GB": 4})
    both = [first, signer.sign(log_url)]
    keep_copies(tmp_path, both)
    whole = (tmp_path / FILE).read_bytes()

    for cut in range(0, len(whole), 7):
        (tmp_path / FILE).write_bytes(whole[:cut])
        assert copies_in(tmp_path) == both[: whole[:cut].count(b"\n")]
        keep_copies(tmp_path, both)
        assert copies_in(tmp_path) == both, f"cut at {cut}"


def test_no_byte_of_a_copy_can_be_changed_unseen(
    log_url: str, signer: Signer, tmp_path: Path
) -> None:
    fill(log_url, {"rg:GB": 4})
    first = signer.sign(log_url)
    fill(log_url, {"rg:GB": 4})
    keep_copies(tmp_path, [first, signer.sign(log_url)])
    whole, chance = (tmp_path / FILE).read_bytes(), random.Random(1)

    for place in range(len(whole) - 1):  # the last line's end is as good as a line cut short
        changed = bytearray(whole)
        changed[place] ^= chance.randint(1, 255)
        (tmp_path / FILE).write_bytes(changed)
        try:
            copies = believed_copies(tmp_path, public_keys(signer.listed))
            found = breaking(log_url, witness=signer.witness(copies))
        except (SourceError, NotReadyError):
            continue
        assert found is not None, f"byte {place}: {changed[place - 9 : place + 9]!r}"


def test_a_copy_that_is_not_there_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="--copy"):
        copies_in(tmp_path)


def test_a_forged_checkpoint_over_a_rewritten_chain_is_told(log_url: str, signer: Signer) -> None:
    fill(log_url, {"rg:GB": 4})
    made = signer.sign(log_url)
    forged = {name: getattr(made, name) for name in made.__struct_fields__}
    forged |= {"seq": 2, "prev_digest": made.digest}
    with appending(log_url) as connection:
        connection.execute(insert(CHECKPOINT), forged)

    assert broken(log_url, witness=signer.witness()).what == What.CHECKPOINT
