"""A thousand random harms on each database: none is missed, each is named where it is."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Connection

from core.audit.broken import Break
from core.audit.chains import chains_of, stray_breaks
from core.audit.checkpoint import Checkpoint
from core.audit.checkpoints import checkpoints_of
from core.audit.entry import Entry
from core.audit.known import Witness, known_of
from core.audit.tables import ENTRY
from core.audit.verify import first_break
from tests.core.audit.logs import Signer, drop_guards, engine_of, fill
from tests.core.audit.tampering import ONLY_A_COPY_KNOWS, WAYS, World

TRIALS = max(1_000, int(os.environ.get("EVENHAND_EXAMPLES", "400")))
LENGTHS = {"rg:GB": 61, "rg:DE": 26, "access:GB": 9}
SIGNED_AT = {"rg:GB": (20, 21, 40, 57), "rg:DE": (1, 26), "access:GB": (5, 8)}


def _signed_log(url: str, signer: Signer) -> dict[str, list[Checkpoint]]:
    """Fill a log, signing chains when they have grown to certain lengths."""
    stops = sorted({(n, chain) for chain, seqs in SIGNED_AT.items() for n in seqs})
    grown = dict.fromkeys(LENGTHS, 0)
    signed = {chain: list[Checkpoint]() for chain in LENGTHS}
    for seq, chain in stops:
        _grow(url, chain, seq - grown[chain], seq)
        grown[chain] = seq
        signed[chain].append(signer.sign(url, chain, at_us=seq))
    for chain, length in LENGTHS.items():
        _grow(url, chain, length - grown[chain], length)
    return signed


def _grow(url: str, chain: str, by: int, seed: int) -> None:
    if by:
        fill(url, {chain: by}, seed=seed, first=100 * seed)


def _entries(connection: Connection) -> dict[str, list[Entry]]:
    columns = [ENTRY.c[name] for name in Entry.__struct_fields__]
    found: dict[str, list[Entry]] = {}
    for row in connection.execute(select(*columns).order_by(ENTRY.c.chain, ENTRY.c.seq)):
        found.setdefault(row.chain, []).append(Entry(*row))
    return found


@contextmanager
def _attacker(url: str) -> Iterator[Connection]:
    """A connection whose triggers are off; nothing it does stays."""
    engine = engine_of(url)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        drop_guards(connection)
        yield connection
        connection.rollback()
    engine.dispose()


def _breaks(connection: Connection, witness: Witness) -> dict[str, Break]:
    found = {stray.chain: stray for stray in stray_breaks(connection)}
    for chain in chains_of(connection, witness.copies or ()):
        known = known_of(connection, chain, witness)
        one = first_break(connection, chain, known)
        if one is not None:
            found[chain] = one
    return found


@pytest.mark.timeout(600)
def test_no_harm_is_missed_and_the_first_broken_entry_is_named(
    log_url: str, tmp_path: Path
) -> None:
    signer = Signer(tmp_path)
    signed = _signed_log(log_url, signer)
    witness = signer.witness([c for checkpoints in signed.values() for c in checkpoints])
    chance, tried = random.Random(20_261_122), Counter[str]()

    with _attacker(log_url) as connection:
        assert _breaks(connection, witness) == {}
        assert {c: checkpoints_of(connection, c) for c in LENGTHS} == signed
        world = World(connection, chance, _entries(connection), signed)
        for trial in range(TRIALS):
            way = WAYS[trial % len(WAYS)]
            with connection.begin_nested() as undone:
                expected = way(world)
                found, alone = _breaks(connection, witness), _breaks(connection, signer.witness())
                undone.rollback()
            tried[way.__name__] += 1
            told = f"trial {trial}, {way.__name__}: {expected}, but {found}"
            assert expected.chain in found, told
            assert found[expected.chain].seq == expected.seq, told
            assert found[expected.chain].what in expected.whats, told
            assert set(found) == {expected.chain, *expected.also}, told
            if way not in ONLY_A_COPY_KNOWS:
                assert alone, f"without a copy nothing, {told}"
        assert _breaks(connection, witness) == {}, "a trial was not undone"

    assert tried.total() >= 1_000
    assert len(tried) == len(set(WAYS))
