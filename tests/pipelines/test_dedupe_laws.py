"""Which messages are new is decided by the log before them, and by nothing else."""

import os
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SourceError
from pipelines.stream.dedupe import APPLY, DUPLICATE, TOO_LATE, Memory

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
law = settings(deadline=None, max_examples=EXAMPLES)
START = 1_700_000_000_000_000
REACH = 100
Message = tuple[int, int]  # id, known time
MESSAGES = st.tuples(
    st.integers(0, 7).map(lambda n: n << 61 | n),
    (st.sampled_from([0, 1, 100, 101, 200]) | st.integers(0, 300)).map(lambda n: START + n),
)
LOGS = st.lists(MESSAGES, min_size=20, max_size=60) | st.lists(MESSAGES, max_size=6)
CUTS = st.sets(st.integers(1, 40), max_size=12)


def _by_definition(log: list[Message]) -> list[int]:
    verdicts = []
    for place, (identity, recorded) in enumerate(log):
        oldest = max(at for _, at in log[: place + 1]) - REACH
        before = [at for earlier, at in log[:place] if earlier == identity]
        if recorded < oldest:
            verdicts.append(TOO_LATE)
        elif any(at >= oldest for at in before):
            verdicts.append(DUPLICATE)
        else:
            verdicts.append(APPLY)
    return verdicts


def _judged(memory: Memory, log: list[Message]) -> list[int]:
    recorded = np.array([at for _, at in log], dtype=np.int64)
    high = np.array([identity >> 64 for identity, _ in log], dtype=np.uint64)
    low = np.array([identity & (1 << 64) - 1 for identity, _ in log], dtype=np.uint64)
    verdicts: list[int] = memory.judge(recorded, high, low).tolist()
    return verdicts


def _parts(log: list[Message], cuts: set[int]) -> list[list[Message]]:
    bounds = [0, *sorted(cut for cut in cuts if cut < len(log)), len(log)]
    return [log[a:b] for a, b in pairwise(bounds)]


@law
@given(log=LOGS, cuts=CUTS)
def test_verdicts_are_those_of_the_definition_however_the_log_is_cut(
    log: list[Message], cuts: set[int]
) -> None:
    memory = Memory(REACH)

    verdicts = [verdict for part in _parts(log, cuts) for verdict in _judged(memory, part)]

    assert verdicts == _by_definition(log)


@law
@given(log=LOGS, cuts=CUTS, cut=st.integers(0, 30))
def test_a_memory_stored_and_read_back_judges_on_as_if_it_had_never_stopped(
    log: list[Message], cuts: set[int], cut: int
) -> None:
    memory = Memory(REACH)
    for part in _parts(log[:cut], cuts):
        _judged(memory, part)

    stored = memory.to_bytes()
    again = Memory.from_bytes(stored)

    whole = Memory(REACH)
    _judged(whole, log[:cut])
    assert stored == whole.to_bytes() == again.to_bytes()
    assert _judged(again, log[cut:]) == _by_definition(log)[cut:]


@law
@given(log=LOGS, cut=st.integers(0, 30))
def test_a_memory_rebuilt_from_the_end_of_the_log_judges_on_the_same(
    log: list[Message], cut: int
) -> None:
    read, coming = log[:cut], log[cut:]
    oldest = max((at for _, at in read), default=START) - REACH
    start = next((i for i, (_, at) in enumerate(read) if at >= oldest), 0)
    memory = Memory(REACH)

    _judged(memory, read[start:])

    assert _judged(memory, coming) == _by_definition(log)[cut:]


@settings(deadline=None, max_examples=max(EXAMPLES // 20, 10))
@given(seed=st.integers(0, 2**32 - 1), batch=st.sampled_from([1_000, 7_000, 50_000]))
def test_a_table_that_grows_and_forgets_still_judges_by_the_definition(
    seed: int, batch: int
) -> None:
    random = np.random.default_rng(seed)
    n, reach = 50_000, 3_000
    recorded = START + np.arange(n) - np.where(
        random.random(n) < 0.1, random.integers(0, 2 * reach, n), 0
    )  # fmt: skip
    ids = random.permutation(n)
    again = np.flatnonzero(random.random(n) < 0.1)
    ids[again] = ids[np.maximum(again - random.integers(0, 2 * reach, len(again)), 0)]
    memory = Memory(reach)

    words = ids.astype(np.uint64)
    cuts = [slice(start, start + batch) for start in range(0, n, batch)]
    verdicts = np.concatenate([memory.judge(recorded[c], words[c], words[c]) for c in cuts])

    latest: dict[int, int] = {}
    wanted, log_time = [], 0
    for identity, at in zip(ids.tolist(), recorded.tolist(), strict=True):
        log_time = max(log_time, at)
        if at < log_time - reach:
            wanted.append(TOO_LATE)
            continue
        wanted.append(DUPLICATE if latest.get(identity, 0) >= log_time - reach else APPLY)
        latest[identity] = max(at, latest.get(identity, 0))
    assert verdicts.tolist() == wanted
    assert {APPLY, DUPLICATE, TOO_LATE} == set(wanted)


def test_ids_out_of_reach_make_room_for_new_ones() -> None:
    memory = Memory(REACH)
    for start in range(0, 1_000_000, 1_000):
        recorded = START + np.arange(start, start + 1_000)
        memory.judge(recorded, recorded.astype(np.uint64), recorded.astype(np.uint64))

    assert memory.bytes_held < 200_000


def test_ids_that_differ_in_one_bit_are_two() -> None:
    ids = [1 << bit for bit in range(128)] + [0]

    assert _judged(Memory(REACH), [(identity, START) for identity in ids]) == [APPLY] * 129


@pytest.mark.parametrize("keep", [0, 7, 20, -1])
def test_a_torn_snapshot_is_refused(keep: int) -> None:
    memory = Memory(REACH)
    _judged(memory, [(1, START)])

    with pytest.raises(SourceError, match="memory of ids"):
        Memory.from_bytes(memory.to_bytes()[:keep])
