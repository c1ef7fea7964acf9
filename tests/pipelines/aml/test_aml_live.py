"""The live watch says what a scan would say, whatever the log is like, and says it once."""

import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from core.aml.desk import open_desk
from core.aml.migrate import migrate
from core.aml.policy import policies
from core.aml.schema import ALERT
from core.aml.told import told_of_event
from core.aml.watching import Watch
from core.clock import FixedClock
from core.events.codec import encode
from core.events.envelope import Event
from core.log.event_log import EventLog
from core.log.open_log import open_log
from core.settings import Settings
from pipelines.aml import Span, scan
from pipelines.aml_live import Following, LiveWatch, follow
from pipelines.aml_verbs import _stopping
from pipelines.cli import app
from pipelines.landing.log_verb import LogOptions, land_log
from tests.pipelines.aml.log_world import NOW, append, event, opened, paid, some_world, structured

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "100")) // 8 or 1
FOREVER_US = 10**15
GARBAGE = [
    b"",
    b"{",
    b"\xff\xfe.payment.",
    b'{"type": "io.evenhand.payment.x"}',
    b"null\\",
    b"[" * 999,
]
AT = FixedClock(NOW)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Engine]:
    """A desk of its own."""
    url = f"sqlite:///{tmp_path / 'aml.sqlite'}"
    migrate(url)
    engine = open_desk(url)
    yield engine
    engine.dispose()


def _watched(log: EventLog, desk: Engine, *, at: datetime = NOW, hold_us: int = FOREVER_US) -> int:
    """Follow a log until it is read; return how many alerts are new."""
    counts: list[int] = []
    how = Following(FixedClock(at), hold_us, until_caught_up=True)
    follow(log, LiveWatch(desk, "EUR"), threading.Event(), how, counts.append)
    return sum(counts)


def _kept(desk: Engine) -> dict[str, str]:
    with desk.begin() as connection:
        rows = connection.execute(select(ALERT.c.id, ALERT.c.body)).all()
    return {row.id: row.body for row in rows}


def _scanned(events: list[Event]) -> list[str]:
    told = [one for one in map(told_of_event, events, [frozenset({"cage"})] * len(events)) if one]
    return sorted(alert.id for alert in Watch(dict(policies()), "EUR").take(told))


def test_structuring_in_the_log_is_one_alert(log: EventLog, desk: Engine) -> None:
    append(log, structured())

    assert _watched(log, desk) == len(_scanned(structured()))
    assert any('"T-STR"' in body for body in _kept(desk).values())


@given(seed=st.integers(0, 10**6), order=st.randoms(use_true_random=False))
@settings(max_examples=EXAMPLES, deadline=None)
def test_log_and_scan_say_the_same_in_any_order(seed: int, order: random.Random) -> None:
    events = some_world(seed)
    sent: list[Event | bytes] = [*events, *order.sample(events, 8), *GARBAGE]
    order.shuffle(sent)

    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/aml.sqlite"
        migrate(url)
        engine = open_desk(url)
        with closing(open_log(f"sqlite:///{folder}/log.sqlite", 3)) as log:
            append(log, sent)
            first, again = _watched(log, engine), _watched(log, engine)
        kept = sorted(_kept(engine))
        engine.dispose()

    assert kept == _scanned(events)
    assert (first, again) == (len(kept), 0)


@given(seed=st.integers(0, 10**6), order=st.randoms(use_true_random=False))
@settings(max_examples=EXAMPLES, deadline=None)
def test_read_bit_by_bit_the_log_says_the_same_within_its_hold(
    seed: int, order: random.Random
) -> None:
    hold_h, events = 30, some_world(seed)
    sent = sorted(events, key=lambda one: one.recorded + timedelta(hours=hold_h * order.random()))

    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/aml.sqlite"
        migrate(url)
        engine = open_desk(url)
        with closing(open_log(f"sqlite:///{folder}/log.sqlite", 3)) as log:
            append(log, sent)
            how = Following(AT, hold_h * 3_600_000_000, 2, until_caught_up=True)
            follow(log, LiveWatch(engine, "EUR"), threading.Event(), how)
        kept = sorted(_kept(engine))
        engine.dispose()

    assert kept == _scanned(events)


def test_the_worlds_drawn_meet_several_patterns() -> None:
    told = [t for seed in range(20) for t in map(told_of_event, some_world(seed)) if t]
    found = {a.evidence.typology for a in Watch(dict(policies()), "EUR").take(told)}

    assert found >= {"T-STR", "T-CYC", "T-INC", "T-3P", "T-CDD"}


@pytest.mark.parametrize("seed", [3, 4])
def test_what_is_landed_and_scanned_is_what_the_log_said(
    log: EventLog, desk: Engine, house: Settings, tmp_path: Path, seed: int
) -> None:
    events = some_world(seed)
    append(log, random.Random(seed).sample(events, len(events)))
    land_log(log, LogOptions("sqlite:///log"), house, threading.Event(), lambda _: None)
    other = f"sqlite:///{tmp_path / 'other.sqlite'}"
    migrate(other)

    _watched(log, desk)
    scan(house.warehouse, other, "EUR", Span())

    engine = open_desk(other)
    assert _kept(desk) == _kept(engine) != {}
    engine.dispose()


def test_seeded_from_the_warehouse_nothing_is_said_twice(
    log: EventLog, desk: Engine, house: Settings
) -> None:
    append(log, structured())
    land_log(log, LogOptions("sqlite:///log"), house, threading.Event(), lambda _: None)
    live, how = LiveWatch(desk, "EUR"), Following(AT, until_caught_up=True)

    seeded, counts = live.seed(house.warehouse, int(NOW.timestamp() * 1e6)), list[int]()
    follow(log, live, threading.Event(), how, counts.append)

    assert (len(seeded), sum(counts)) == (len(_scanned(structured())), 0)


def test_what_completes_a_landed_pattern_is_said_when_it_comes(
    log: EventLog, desk: Engine, house: Settings
) -> None:
    *before, last = structured()
    append(log, before)
    land_log(log, LogOptions("sqlite:///log"), house, threading.Event(), lambda _: None)
    live, counts = LiveWatch(desk, "EUR"), list[int]()
    live.seed(house.warehouse, int(NOW.timestamp() * 1e6))
    append(log, [last])

    follow(log, live, threading.Event(), Following(AT, until_caught_up=True), counts.append)

    assert sum(counts) == 1


def test_lines_that_are_no_events_are_counted_and_pass(log: EventLog, desk: Engine) -> None:
    append(log, [*GARBAGE, *structured()])
    live = LiveWatch(desk, "EUR")

    follow(log, live, threading.Event(), Following(AT, until_caught_up=True))

    assert live.unread == sum(b"\\" in one or b".payment." in one for one in GARBAGE)
    assert _kept(desk)


def test_an_escaped_type_is_read_all_the_same(desk: Engine) -> None:
    lines = [encode(one).replace(b".payment.", b"\\u002epayment\\u002e") for one in structured()]
    live = LiveWatch(desk, "EUR")

    live.take(lines)

    assert live.held == len(lines)


def test_a_player_no_database_can_name_is_counted_and_passed_over(desk: Engine) -> None:
    named = [replace(one, subject="p\x00") for one in structured()]
    live = LiveWatch(desk, "EUR")

    live.take(list(map(encode, named)))

    assert (live.unread, live.held) == (len(named), 0)


def test_a_fact_of_the_future_waits_and_mutes_nobody(log: EventLog, desk: Engine) -> None:
    far = paid(99, "p", 24 * 365 * 70, 100)
    append(log, [far, *structured()])
    live = LiveWatch(desk, "EUR")

    follow(log, live, threading.Event(), Following(AT, until_caught_up=True))

    assert live.held == 1
    assert sorted(_kept(desk)) == _scanned(structured())


def test_a_fact_is_judged_only_once_its_hold_is_over(desk: Engine) -> None:
    live, last = LiveWatch(desk, "EUR"), structured()[-1]
    live.take(list(map(encode, structured())))
    known_us = int(last.recorded.timestamp() * 1_000_000)

    assert not [a for a in live.judge(known_us - 1) if a.evidence.typology == "T-STR"]
    assert [a for a in live.judge(known_us) if a.evidence.typology == "T-STR"]


def test_what_comes_later_than_the_hold_is_judged_when_it_comes(desk: Engine) -> None:
    live, (first, *others) = LiveWatch(desk, "EUR"), structured()
    live.take(list(map(encode, [first, others[0], others[2]])))
    live.judge(int(NOW.timestamp() * 1e6))

    live.take([encode(others[1])])

    (alert,) = live.judge(int(NOW.timestamp() * 1e6))
    assert alert.by_event == str(others[1].id)
    assert live.held == 0


def test_reading_ends_when_it_is_told_to(log: EventLog, desk: Engine) -> None:
    append(log, structured())
    stop = threading.Event()

    with _stopping(stop):
        signal.raise_signal(signal.SIGINT)
        follow(log, LiveWatch(desk, "EUR"), stop, Following(AT))

    assert stop.is_set()


def test_the_verb_reads_the_log_and_says_how_many_not_whom(
    log: EventLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, structured())
    monkeypatch.setenv("EVENHAND_HOME", str(tmp_path / "home"))
    words = ["aml", "watch", "--until-caught-up", "--log", f"sqlite:///{tmp_path}/log.sqlite"]

    first, again = CliRunner().invoke(app, words), CliRunner().invoke(app, words)

    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert f"{len(_scanned(structured()))} new alerts" in first.output
    assert "0 new alerts" in again.output
    assert "pay-" not in first.output


def test_registering_late_is_judged_from_then(desk: Engine) -> None:
    late = opened(1, "p")
    early = [event(50, "p", 1, structured()[1].fact), *structured()[2:]]
    live = LiveWatch(desk, "EUR")
    live.take(
        list(map(encode, [*early, replace(late, recorded=late.recorded + timedelta(days=1))]))
    )

    live.judge(int(NOW.timestamp() * 1e6))

    assert any('"T-STR"' in body for body in _kept(desk).values())
