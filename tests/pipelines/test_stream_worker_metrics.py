"""What a worker tells of itself: counts that add up, ages that are right within a tenth."""

import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from core.settings import Settings
from pipelines.stream.durable_lines import append_lines, whole_lines
from pipelines.stream.metrics import Gauges, StreamMetrics, serve_metrics
from pipelines.stream.opening import Parts, make_worker, opened
from pipelines.stream.screen import Screen
from pipelines.stream.settings import Pace
from pipelines.stream.tallies import Ages, Tallies
from pipelines.stream.verbs import watched
from tests.pipelines.stream_world import disordered, history, make_operator, stream_of
from tests.services.server import free_port, wait_until


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    operator = make_operator(tmp_path / "operator", players=15, days=10)
    (tmp_path / "warehouse").symlink_to(operator.warehouse)
    settings = stream_of(operator, tmp_path, Pace(flush_seconds=0.05))
    with opened(replace(settings, settings=Settings(home=tmp_path), check_s=1), 3) as made:
        made.log.append(disordered(history(operator), seed=2))
        yield made


def _scraped(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_a_scrape_tells_what_became_of_every_message_and_how_the_sample_compared(
    parts: Parts,
) -> None:
    port, worker = free_port(), make_worker(parts)
    end = sum(parts.log.bounds(number).end for number in range(3))
    with watched(parts, worker, port) as gauges:
        worker.run(until_caught_up=True)
        wait_until(lambda: gauges.checked > 0, 60, "a check of a sample")
        told = _scraped(port)

    outcomes = [told[name] for name in told if name.startswith("evenhand_stream_events_total")]
    assert sum(outcomes) == end
    assert told['evenhand_stream_events_total{outcome="duplicate"}'] > 0
    assert told["evenhand_stream_consistency_checked"] > 1_000
    assert told["evenhand_stream_consistency_differences"] == 0
    assert told[f'evenhand_stream_generation{{generation="{parts.layout.generation}"}}'] == 1
    assert told["evenhand_stream_to_store_seconds_count"] > 0


def test_what_was_read_of_a_history_is_forgotten_in_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [time.monotonic()]
    monkeypatch.setattr("pipelines.stream.tallies.time.monotonic", lambda: now[0])
    ages = Ages()
    ages.add(np.full(1_000, 10**9))
    now[0] += 31
    ages.add(np.full(10, 20_000))
    both = ages.recent_s(0.5)
    now[0] += 31
    ages.add(np.full(10, 20_000))
    late = ages.recent_s(0.99)
    now[0] += 120

    assert both is not None
    assert both > 900
    assert late is not None
    assert 0.02 <= late < 0.0221
    assert ages.recent_s(0.99) is None
    assert ages.seen == 1_020


def test_metrics_are_told_on_loopback_until_they_are_closed() -> None:
    port = free_port()
    close = serve_metrics(StreamMetrics("abc", Tallies(), Gauges()), port)
    assert _scraped(port)["evenhand_stream_lag"] == 0

    close()

    with pytest.raises(OSError, match="refused"):
        _scraped(port)


def test_a_worker_says_how_fresh_it_is_and_nothing_of_a_history(parts: Parts) -> None:
    worker = make_worker(parts)
    screen = Screen(Console())
    worker.run(until_caught_up=True)
    assert "(history)" in screen.line(worker)

    worker.tallies.to_store.forget()
    worker.tallies.to_store.add(np.array([12_000, 14_000]))
    assert "readable after 12 ms" in screen.line(worker) or "13 ms" in screen.line(worker)
    assert screen.table(worker).row_count > 10


@given(st.lists(st.integers(200, 3_000_000_000), min_size=1), st.floats(0.01, 1.0))
def test_a_quantile_is_right_within_a_tenth(ages_us: list[int], share: float) -> None:
    ages = Ages()
    ages.add(np.array(ages_us))

    exact = sorted(ages_us)[max(0, int(np.ceil(share * len(ages_us) - 1e-9)) - 1)] / 1e6
    told = ages.quantile_s(share)

    assert told is not None
    assert exact <= told * 1.000001
    assert told <= exact * 1.1000001
    assert ages.seen == len(ages_us)
    assert timedelta(microseconds=ages.total_us) == sum(
        (timedelta(microseconds=one) for one in ages_us), timedelta()
    )


@given(
    lines=st.lists(st.binary(max_size=20).filter(lambda b: b"\n" not in b), max_size=5),
    torn=st.binary(),
)
def test_what_a_dead_process_left_half_written_is_cut_off(
    lines: list[bytes], torn: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("lines") / "file"
    append_lines(path, lines)
    with path.open("ab") as file:
        file.write(torn.replace(b"\n", b""))

    assert list(whole_lines(path)) == lines
    append_lines(path, [b"next"])

    assert list(whole_lines(path)) == [*lines, b"next"]
