"""The one-pass answer equals asking every row, whatever the order, ties, batches and ttl."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.known_time import LatestKnown, RowBatch

INSTANT = st.integers(-6, 6)
SCALES = st.sampled_from([1, 10**6, 10**17])  # the last does not fit beside a key: ranks are used
ROWS = st.lists(st.tuples(st.integers(0, 2), INSTANT, INSTANT), max_size=30)
QUESTIONS = st.lists(st.tuples(st.integers(0, 2), INSTANT), min_size=1, max_size=12)
Triple = tuple[int, int, int]


def brute(rows: list[Triple], key: int, asked: int, ttl: int | None) -> int:
    """Look at every row: the greatest (event, created, place) that was known and is fresh."""
    seen = [
        (event, created, place)
        for place, (owner, event, created) in enumerate(rows)
        if owner == key and event <= asked and created <= asked
    ]
    fresh = [row for row in seen if ttl is None or row[0] >= asked - ttl]
    return max(fresh)[2] if fresh else -1


@given(
    ROWS,
    QUESTIONS,
    st.none() | st.integers(0, 5),
    SCALES,
    st.tuples(st.integers(1, 7), st.randoms()),
)
def test_one_pass_equals_asking_every_row(
    rows: list[Triple],
    questions: list[tuple[int, int]],
    ttl: int | None,
    scale: int,
    delivery: tuple[int, Random],
) -> None:
    numbered = [
        (key, event * scale, known * scale, n) for n, (key, event, known) in enumerate(rows)
    ]
    batch, chance = delivery
    chance.shuffle(numbered)
    limit = None if ttl is None else ttl * scale
    latest = LatestKnown(
        np.array([key for key, _ in questions]), np.array([t * scale for _, t in questions])
    )
    for start in range(0, len(numbered), batch):
        part = numbered[start : start + batch]
        latest.add(RowBatch(*(np.array(c, dtype=np.int64) for c in zip(*part, strict=True))))

    plain = [(key, event * scale, known * scale) for key, event, known in rows]
    expected = [brute(plain, key, t * scale, limit) for key, t in questions]
    assert latest.places(limit).tolist() == expected
