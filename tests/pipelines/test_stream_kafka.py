"""Workers on a genuine Kafka and a genuine Redis: sharing, joining, dying, a broker restarted."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.settings import Settings
from pipelines.stream.consistency import check
from pipelines.stream.opening import Parts, opened
from pipelines.stream.settings import Pace
from tests.pipelines.stream_soak import Stage, soak
from tests.pipelines.stream_world import (
    compile_kernels,
    differing,
    disordered,
    expected_states,
    history,
    make_operator,
    stream_of,
)
from tests.services.kafka_broker import KafkaBroker

DATABASE = 41  # of the shared Redis; this file's own


@pytest.fixture(scope="module")
def kafka_operator(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_operator(tmp_path_factory.mktemp("kafka_operator"), players=200, days=60, seed=31)


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[KafkaBroker]:
    """A broker of this test alone, which restarts it."""
    broker = KafkaBroker(tmp_path)
    with broker.running():
        yield broker


@pytest.fixture
def parts(kafka_operator: Settings, own_broker: KafkaBroker, redis_url: str) -> Iterator[Parts]:
    log = f"kafka://{own_broker.bootstrap}/facts"
    settings = stream_of(kafka_operator, kafka_operator.home, Pace(), log)
    settings = replace(settings, states=f"{redis_url.rsplit('/', 1)[0]}/{DATABASE}")
    with opened(settings, 3) as made:
        yield made


@pytest.mark.timeout(900)
def test_three_workers_a_kill_in_mid_flush_and_a_broker_restarted_leave_the_right_states(
    parts: Parts, own_broker: KafkaBroker, kafka_operator: Settings
) -> None:
    entries = disordered(history(kafka_operator), seed=9)

    compile_kernels(parts, entries[:1_000])
    done = soak(Stage(parts, own_broker), entries)

    assert done.events == len(entries)
    assert differing(parts, expected_states(parts)) == []
    verdict = check(parts, sample=100, seed=5)
    assert (verdict.compared, verdict.differences) == (100, ())
