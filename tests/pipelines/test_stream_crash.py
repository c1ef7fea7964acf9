"""Genuine worker processes killed with -9, again and again: nothing lost, nothing counted twice."""

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from core.settings import Settings
from pipelines.stream.consistency import check
from pipelines.stream.opening import Parts, opened
from pipelines.stream.settings import Pace
from tests.pipelines.stream_process import workers
from tests.pipelines.stream_world import (
    differing,
    disordered,
    expected_states,
    history,
    make_operator,
    stream_of,
)
from tests.services.server import wait_until

KILLS, STARTED_S = 3, 120.0


@pytest.fixture(scope="module")
def killed_operator(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_operator(tmp_path_factory.mktemp("killed_operator"), players=80, days=30, seed=23)


@pytest.fixture
def parts(killed_operator: Settings) -> Iterator[Parts]:
    home = killed_operator.home
    settings = stream_of(killed_operator, home, Pace(), log=f"sqlite:///{home / 'log.sqlite'}")
    settings = replace(settings, states=str(home / "feast" / "states.sqlite"))
    with opened(settings, 3) as made:
        made.log.append(disordered(history(killed_operator), seed=4))
        yield made


def _read(parts: Parts) -> int:
    return sum(beat.offset for beat in parts.store.heartbeats(parts.layout.generation))


def _has_read(parts: Parts, count: int) -> bool:
    return _read(parts) >= count


def test_workers_killed_in_the_middle_of_their_work_leave_the_right_states(parts: Parts) -> None:
    chance, home = random.Random(6), parts.settings.home
    end = sum(parts.log.bounds(number).end for number in range(3))
    small = {"EVENHAND_STREAM_BATCH": "40", "EVENHAND_STREAM_SESSION": "1"}
    with workers(home, small) as start:
        for number in range(KILLS):
            target = end * (number + 1) // (KILLS + 1) + chance.randrange(200)
            worker = start("--flush-events", "80")
            wait_until(partial(_has_read, parts, target), STARTED_S, f"{target} read")
            worker.kill()
            assert _read(parts) < end

        last = start("--flush-events", "5000", "--flush-seconds", "0.2")
        wait_until(partial(_has_read, parts, end), STARTED_S, "all read")
        assert last.terminate() == 0

    assert differing(parts, expected_states(parts)) == []
    verdict = check(parts, sample=80, seed=2)
    assert (verdict.compared, verdict.differences) == (80, ())
