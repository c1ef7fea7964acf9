"""Players in memory: read once, the quiet dropped, none while the store lacks something of him."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import NotReadyError
from features.reference import Row
from features.registry import all_views
from features.sqlite_states import SqliteStates
from features.state.engine import Engine
from features.state.facts import FactBatch, batch_of_rows
from features.state.layout import layout_of
from pipelines.stream.residents import Residents

LAYOUT = layout_of(all_views())
LONG = "player-" * 10  # longer than a seat


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStates]:
    with closing(SqliteStates(tmp_path / "states.sqlite")) as opened:
        yield opened


def _residents(store: SqliteStates, most: int = 100) -> Residents:
    return Residents(Engine(LAYOUT), store, most)


def _facts(players: list[str], first: int = 0, partition: int = 0) -> FactBatch:
    rows = [
        (player, Row("player_logged_in", str(uuid.UUID(int=first + i)), i, i, {}))
        for i, player in enumerate(players)
    ]
    made, at = batch_of_rows(LAYOUT, rows), np.full(len(players), partition, np.int32)
    return replace(made, partition=at, offset=made.offset + first)


def _take(residents: Residents, facts: FactBatch) -> int:
    known = residents.load(facts.player)
    residents.apply(facts, residents.places(facts.player))
    return known


def _flushed(residents: Residents, store: SqliteStates) -> int:
    return residents.store_dirty(lambda states: store.write(LAYOUT.generation, states))


def test_a_player_is_read_once_whether_his_name_is_short_or_long(store: SqliteStates) -> None:
    first = _residents(store)
    _take(first, _facts(["ann", LONG, "b\nob", "ann"]))
    assert (len(first), first.dirty, _flushed(first, store), first.dirty) == (3, 3, 3, 0)
    second = _residents(store)
    players = ["ann", LONG, "b\nob", "new"]
    assert second.missing(players, second.places(players)) == players
    assert second.load(players) == 3
    assert second.missing(players, second.places(players)) == []
    assert (second.load(players), len(second)) == (0, 4)


def test_who_was_quiet_longest_goes_but_none_the_store_lacks(store: SqliteStates) -> None:
    residents = _residents(store, most=3)
    _take(residents, _facts(["old"]))
    _take(residents, _facts(["older", "still"], first=10))
    _flushed(residents, store)
    _take(residents, _facts(["dirty", "old"], first=20))
    assert residents.evict() == 1
    places = residents.places(["old", "older", "still", "dirty"])
    assert sorted((places < 0).tolist()) == [False, False, False, True]
    assert places[0] >= 0
    assert places[3] >= 0


def test_a_place_given_up_is_the_next_players(store: SqliteStates) -> None:
    residents = _residents(store)
    _take(residents, _facts(["left", "kept"], partition=1))
    _take(residents, _facts(["stays"], first=10, partition=2))
    residents.drop_partitions([1])
    assert len(residents) == 1
    _take(residents, _facts(["next"], first=20, partition=3))
    assert residents.missing(["left"], residents.places(["left"])) == ["left"]
    residents.drop_partitions([2])
    assert (residents.places(["next"]) >= 0).all()
    assert (len(residents), residents.dirty) == (1, 1)


def test_a_part_that_fails_stays_to_be_written(store: SqliteStates) -> None:
    residents = _residents(store)
    _take(residents, _facts(["ann", "bob"]))
    with pytest.raises(OSError, match="away"):
        residents.store_dirty(_away)
    assert residents.dirty == 2
    assert _flushed(residents, store) == 2


def _away(_states: object) -> int:
    raise OSError("away")


def test_a_fact_of_a_player_not_read_is_refused(store: SqliteStates) -> None:
    residents, facts = _residents(store), _facts(["ann"])
    with pytest.raises(NotReadyError, match="not in memory"):
        residents.apply(facts, residents.places(facts.player))
