"""The state of the stream against the definition, for every view there is."""

import os
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import NotReadyError
from features.prove import same
from features.reference import recompute
from features.registry import all_views
from features.spec import SharedIdentityView, View
from features.state.engine import Engine
from features.state.facts import batch_of_rows
from features.state.layout import layout_of
from features.state.reader import Combiner, instants_of, newest_recorded_of
from tests.features.state_world import World, fed, pairs_of

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
PLAYERS = ("ada", "bob")
law = settings(
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
seeds = st.integers(0, 2**32 - 1)
counts = st.integers(0, 40)
VIEWS = [view for view in all_views() if not isinstance(view, SharedIdentityView)]
every_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: str(view.name))


@every_view
@given(seed=seeds, count=counts)
@law
def test_a_state_says_at_any_later_instant_what_the_definition_says(
    view: View, seed: int, count: int, fact_maker: Any
) -> None:
    layout, chance = layout_of((view,)), random.Random(seed)
    pairs = pairs_of(fact_maker(view, seed), count)
    engine = fed(layout, pairs, chance)
    players = [player for player in PLAYERS if engine.resident(player)]
    blobs = engine.pack(players)
    names = layout.feature_names
    newest = max([0, *map(newest_recorded_of, blobs)])

    for later in (0, 1, chance.randrange(10**7), chance.randrange(100 * 86_400 * 10**6)):
        now = newest + later
        read = Combiner(layout, names).values(blobs, instants_of(blobs, now))
        held = engine.values(players, now)
        for place, player in enumerate(players):
            truth = recompute(view, World(pairs), player, now)
            told = dict(zip(names, read.row(place), strict=True))
            wrong = {n: (told[n], truth[n]) for n in names if not same(told[n], truth[n])}
            assert not wrong
            assert held.row(place) == read.row(place)


@every_view
@given(seed=seeds, count=counts)
@law
def test_a_state_has_the_same_bytes_whatever_the_order_and_the_batches(
    view: View, seed: int, count: int, fact_maker: Any
) -> None:
    layout, chance = layout_of((view,)), random.Random(seed)
    pairs = pairs_of(fact_maker(view, seed), count)

    first, second = (fed(layout, pairs, chance) for _ in range(2))

    players = sorted({player for player, _ in pairs})
    for one, other in zip(first.pack(players), second.pack(players), strict=True):
        assert one[12:] == other[12:]  # all but the stamp: the last offset is another one


@given(seed=seeds, count=counts, replayed=st.integers(0, 40))
@law
def test_messages_read_twice_after_a_restart_change_nothing(
    seed: int, count: int, replayed: int, fact_maker: Any
) -> None:
    view = VIEWS[seed % len(VIEWS)]
    layout = layout_of((view,))
    batch = batch_of_rows(layout, pairs_of(fact_maker(view, seed), count))
    whole = Engine(layout)
    players = whole.update(batch)
    cut = min(replayed, len(batch))

    restarted = Engine(layout)
    restarted.update(batch.taken(np.arange(cut)))
    before = [player for player in players if restarted.resident(player)]
    blobs = restarted.pack(before)
    restarted = Engine(layout)
    restarted.load(before, blobs)
    restarted.update(batch)

    assert restarted.pack(players) == whole.pack(players)


def test_all_views_together_say_what_each_says_alone(fact_maker: Any) -> None:
    together = layout_of(tuple(all_views()))
    pairs = [
        pair for seed, view in enumerate(VIEWS) for pair in pairs_of(fact_maker(view, seed), 60)
    ]
    engine = fed(together, pairs, random.Random(1))
    now = max(row.recorded_us for _, row in pairs)

    values = engine.values(PLAYERS, now)

    for place, player in enumerate(PLAYERS):
        told = dict(zip(together.feature_names, values.row(place), strict=True))
        for view in VIEWS:
            truth = recompute(view, World(pairs), player, now)
            assert not {n: (told[n], v) for n, v in truth.items() if not same(told[n], v)}


@given(seed=seeds, count=st.integers(1, 40), place=st.integers(0, 10_000), bit=st.integers(0, 7))
@law
def test_broken_bytes_are_refused_or_read_but_never_harm(
    seed: int, count: int, place: int, bit: int, fact_maker: Any
) -> None:
    view = VIEWS[seed % len(VIEWS)]
    layout = layout_of((view,))
    engine = Engine(layout)
    players = engine.update(batch_of_rows(layout, pairs_of(fact_maker(view, seed), count)))
    blob = bytearray(engine.pack(players)[0])
    blob[place % len(blob)] ^= 1 << bit
    cut = bytes(blob[: 1 + place % len(blob)])

    for broken in (bytes(blob), cut):
        try:
            Combiner(layout, layout.feature_names).values([broken], np.array([2**60]))
            fresh = Engine(layout)
            fresh.load(["ada"], [broken])
            fresh.pack(["ada"])
        except NotReadyError:
            continue
