"""An event log lands once, message by message, whoever dies, reads twice or comes second."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from core.clock import FixedClock, SystemClock
from core.errors import SourceError
from core.events.codec import encode
from core.events.envelope import Event
from core.events.families.payment import DepositApproved
from core.log.event_log import Entry, EventLog
from core.log.open_log import open_log
from core.settings import Settings
from features.manifest import read_manifest
from pipelines.cli import app
from pipelines.landing.compact import compact
from pipelines.landing.counts import Landing
from pipelines.landing.log_land import LogLander, LogTarget
from pipelines.landing.log_verb import LogOptions, land_log, log_name
from pipelines.stream.letters import letters_in
from tests.services.server import wait_until

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
Content = Callable[[Path, str], list[tuple[Any, ...]]]


def _event(number: int, **changes: Any) -> bytes:
    paid = DepositApproved(
        currency="EUR", exchange_rate_e6=1_000_000, payment_id=f"pay{number}", amount_minor=number
    )
    whole: dict[str, Any] = {
        "id": UUID(int=number), "source": "house/cashier", "subject": f"p{number % 5}",
        "time": NOON, "recorded": NOON + timedelta(seconds=number), "fact": paid,
    }  # fmt: skip
    return encode(Event(**whole | changes))


def _append(log: EventLog, values: Sequence[bytes]) -> None:
    log.append([Entry(f"p{i % 5}", value, i) for i, value in enumerate(values)])


def _land(log: EventLog, house: Settings, name: str = "log#landing") -> Landing | None:
    """Land all a log holds, as `evenhand land --from-log` does."""
    lander = _lander(log, house, name)
    try:
        _gather_all(lander, log)
        return lander.land() if lander.held.count else None
    finally:
        _close(lander)


def _lander(log: EventLog, house: Settings, name: str = "log#landing") -> LogLander:
    """Return a lander with a seat of its own: what keeps landers apart is the warehouse alone."""
    lander = LogLander(LogTarget(house, name, SystemClock()))
    seat = f"{name}-{uuid.uuid4()}"
    lander.reader = log.reader(seat, lander, partitions=range(log.partitions))
    return lander


def _gather_all(lander: LogLander, log: EventLog) -> None:
    ends = {partition: log.bounds(partition).end for partition in range(log.partitions)}

    def is_read() -> bool:
        lander.gather(1_000, 0.05)
        held = lander.held.stretches
        return all(p in held and held[p].next >= end for p, end in ends.items())

    wait_until(is_read, 30, "reading the log")


def _close(lander: LogLander) -> None:
    if lander.reader is not None:
        lander.reader.close()


def _numbers(content: Content, house: Settings) -> list[int]:
    return sorted(row[0].int for row in content(house.warehouse, "deposit_approved"))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    made = open_log(f"sqlite:///{tmp_path / 'log.sqlite'}", 3)
    yield made
    made.close()


def test_every_kind_of_log_lands_with_counts_that_add_up(
    event_log: EventLog, house: Settings, content: Content
) -> None:
    strange = _event(99).replace(b"deposit_approved.v1", b"deposit_approved.v9")
    values = [*map(_event, range(20)), _event(3), b"{broken", strange]
    _append(event_log, values)

    landing = _land(event_log, house)
    again = _land(event_log, house)

    assert landing is not None
    total = landing.total
    assert (total.accepted, total.duplicate, total.rejected, total.unknown) == (20, 1, 1, 1)
    assert again is None
    assert _numbers(content, house) == [*range(20)]


def test_only_what_came_since_is_landed_and_the_group_knows(
    log: EventLog, house: Settings, content: Content
) -> None:
    _append(log, [*map(_event, range(10))])
    _land(log, house)
    _append(log, [*map(_event, range(10, 15))])

    landing = _land(log, house)

    assert landing is not None
    assert landing.total.read == 5
    positions = read_manifest(house.warehouse).positions["log#landing"]
    ends = {partition: log.bounds(partition).end for partition in range(3)}
    assert {p: place.next for p, place in positions.items()} == {p: e for p, e in ends.items() if e}


def test_the_group_is_told_how_far_landing_is(log: EventLog, house: Settings) -> None:
    _append(log, [*map(_event, range(10))])
    ends = {partition: log.bounds(partition).end for partition in range(3)}
    lander = _lander(log, house)
    _gather_all(lander, log)

    lander.land()

    assert lander.reader is not None
    assert lander.reader.committed() == ends
    _close(lander)


def test_messages_that_are_no_facts_are_kept_with_partition_and_offset(
    log: EventLog, house: Settings
) -> None:
    negative = _event(1).replace(b'"amount":"0.01"', b'"amount":"-0.01"')
    strange = _event(2).replace(b"deposit_approved.v1", b"deposit_approved.v9")
    log.append([Entry("p", value, 0) for value in (_event(0), b"{broken", negative, strange)])

    _land(log, house)

    found = [one for path in (house.dead_letter / "log").iterdir() for one in letters_in(path)]
    assert [(one.offset, one.raw_bytes()) for one in found] == [(1, b"{broken"), (2, negative)]
    assert "is negative" in found[1].reason
    kept = [o for p in (house.dead_letter / "log_unknown").iterdir() for o in letters_in(p)]
    assert [(one.offset, one.raw_bytes()) for one in kept] == [(3, strange)]


def test_a_known_time_ahead_of_the_clock_does_not_land(log: EventLog, house: Settings) -> None:
    _append(log, [_event(0), _event(3_600)])
    lander = LogLander(LogTarget(house, "log", FixedClock(NOON)))
    lander.reader = log.reader("log", lander, partitions=range(3))
    _gather_all(lander, log)

    landing = lander.land()

    _close(lander)
    assert landing is not None
    assert (landing.total.accepted, landing.total.rejected) == (1, 1)


class PowerCutError(RuntimeError):
    """The machine stops here."""


@contextmanager
def _power_cut_at(step: int) -> Iterator[None]:
    """Stop at the n-th file opened for writing, renamed or removed; nothing is tidied up after."""
    left = [step]

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            if left[0] == 0:
                raise PowerCutError
            left[0] -= 1
            return real(*args, **kwargs)

        return run

    with pytest.MonkeyPatch.context() as patch:
        for name in ("replace", "unlink", "open"):
            patch.setattr(Path, name, counted(getattr(Path, name)))
        rmtree = shutil.rmtree
        patch.setattr(shutil, "rmtree", lambda *a, **k: rmtree(*a, **k) if left[0] else None)
        yield


def test_a_power_cut_at_any_step_lands_everything_once(
    tmp_path: Path, log: EventLog, content: Content
) -> None:
    _append(log, [*map(_event, range(12)), b"{broken", _event(4)])
    for step in range(60):
        house = Settings(home=tmp_path / f"cut{step}")
        try:
            with _power_cut_at(step):
                _land(log, house)
            is_whole = True
        except PowerCutError:
            is_whole = False
        seen = _numbers(content, house)

        _land(log, house)

        found = [o for p in (house.dead_letter / "log").iterdir() for o in letters_in(p)]
        assert seen in ([], [*range(12)])
        assert _numbers(content, house) == [*range(12)]
        assert len(found) == 1
        if is_whole:
            break
    assert is_whole
    assert step > 5


def test_two_landers_of_the_same_messages_land_them_once(
    log: EventLog, house: Settings, content: Content
) -> None:
    _append(log, [*map(_event, range(10))])
    one, two = _lander(log, house), _lander(log, house)
    _gather_all(one, log)
    _append(log, [*map(_event, range(10, 12))])
    _gather_all(two, log)

    landings = [two.land(), one.land()]

    _close(one)
    _close(two)
    assert landings[0] is not None
    assert landings[0].total.accepted == 12
    assert landings[1] is None
    assert _numbers(content, house) == [*range(12)]


@settings(deadline=None, max_examples=max(EXAMPLES // 10, 10))  # each lands several times
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_the_order_repetition_and_crashes_the_distinct_facts_land(
    seed: int, tmp_path_factory: pytest.TempPathFactory, content: Content
) -> None:
    chance = random.Random(seed)
    folder = tmp_path_factory.mktemp("law")
    house, log = Settings(home=folder / "home"), open_log(f"sqlite:///{folder / 'l.sqlite'}", 2)
    landers = [_lander(log, house), _lander(log, house)]
    appended: set[int] = set()
    for _ in range(chance.randint(1, 8)):
        what = chance.choice(["append", "append", "gather", "land", "crash", "compact"])
        place = chance.randrange(2)
        if what == "append":
            numbers = [chance.randint(0, 30) for _ in range(chance.randint(1, 9))]
            appended.update(numbers)
            _append(log, [*map(_event, numbers)])
        elif what == "gather":
            landers[place].gather(chance.randint(1, 9), 0.01)
        elif what == "land":
            landers[place].land()
        elif what == "crash":
            _close(landers[place])
            landers[place] = _lander(log, house)
        else:
            compact(house.warehouse)
    for lander in landers:
        _close(lander)

    _land(log, house)

    log.close()
    assert _numbers(content, house) == sorted(appended)
    shutil.rmtree(folder)


def test_a_warehouse_put_back_from_a_copy_is_landed_on_from_there(
    tmp_path: Path, log: EventLog, house: Settings, content: Content
) -> None:
    _append(log, [*map(_event, range(5))])
    _land(log, house)
    shutil.copytree(house.warehouse, tmp_path / "copy")
    _append(log, [*map(_event, range(5, 10))])
    lander = _lander(log, house)
    _gather_all(lander, log)
    lander.land()
    shutil.rmtree(house.warehouse)
    shutil.copytree(tmp_path / "copy", house.warehouse)
    _append(log, [_event(10), _event(11)])

    _gather_all(lander, log)
    lander.land()  # finds the gap and goes back
    _gather_all(lander, log)
    lander.land()

    _close(lander)
    assert _numbers(content, house) == [*range(12)]


def test_another_log_under_the_same_address_is_refused(tmp_path: Path, house: Settings) -> None:
    for number in range(2):
        made = open_log(f"sqlite:///{tmp_path / f'log{number}.sqlite'}", 1)
        made.append([Entry("p", _event(number), 0), Entry("p", _event(number + 10), 0)])
        if number == 0:
            _land(made, house)
            made.close()
    lander = _lander(made, house)

    with pytest.raises(SourceError, match=r"not the log that was landed .*another --group"):
        lander.gather(10, 0.1)

    _close(lander)
    made.close()


def test_secrets_of_an_address_are_not_kept() -> None:
    name = log_name(LogOptions("postgresql://ann:secret@db/house?password=secret", "g"))

    assert name == "postgresql://db/house#g"


def _accepted(landings: Sequence[Landing]) -> int:
    return sum(landing.total.accepted for landing in landings)


def test_following_lands_what_comes_until_it_is_stopped(
    log: EventLog, house: Settings, content: Content
) -> None:
    options = LogOptions("sqlite:///log.sqlite", follow=True, every_s=0.05, messages=50)
    stop, landings = threading.Event(), list[Landing]()
    thread = threading.Thread(target=land_log, args=(log, options, house, stop, landings.append))
    thread.start()
    try:
        for start in range(0, 120, 40):
            _append(log, [*map(_event, range(start, start + 40))])
            end = start + 40
            wait_until(lambda: _accepted(landings) == end, 60, "landing")  # noqa: B023 - at once
    finally:
        stop.set()
        thread.join(60)

    assert not thread.is_alive()
    assert len(landings) >= 3
    assert _numbers(content, house) == [*range(120)]


_LANDS_FOR_EVER = """
import sys, uuid
from pathlib import Path
from core.clock import SystemClock
from core.log.open_log import open_log
from core.settings import Settings
from pipelines.landing.log_land import LogLander, LogTarget
log = open_log(sys.argv[1])
lander = LogLander(LogTarget(Settings(home=Path(sys.argv[2])), "log#landing", SystemClock()))
lander.reader = log.reader(str(uuid.uuid4()), lander, partitions=range(log.partitions))
while True:
    if lander.gather(100, 0.05):
        lander.land()
"""


@contextmanager
def _running(house: Settings, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    environ = os.environ | {"EVENHAND_HOME": house.home.as_posix(), "PYTHONPATH": ROOT.as_posix()}
    command = [sys.executable, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def _landed(house: Settings) -> int:
    positions = read_manifest(house.warehouse).positions.values()
    return sum(place.next for of_log in positions for place in of_log.values())


def _has_landed(house: Settings, messages: int) -> bool:
    return _landed(house) >= messages


def test_a_process_killed_again_and_again_lands_every_message_once(
    tmp_path: Path, log: EventLog, house: Settings, content: Content
) -> None:
    url, chance = f"sqlite:///{tmp_path / 'log.sqlite'}", random.Random(7)
    values = [*map(_event, range(1_500)), b"{broken"]
    _append(log, values)
    for kill in range(4):
        with _running(house, "-c", _LANDS_FOR_EVER, url, house.home.as_posix()) as process:
            goal = min(300 * (kill + 1), len(values)) if kill < 3 else len(values)
            wait_until(partial(_has_landed, house, goal), 60, "landing")
            with contextlib.suppress(subprocess.TimeoutExpired):  # somewhere in the next landing
                process.wait(chance.random() * 0.1)

    assert _numbers(content, house) == [*range(1_500)]
    found = [o for p in (house.dead_letter / "log").iterdir() for o in letters_in(p)]
    assert len(found) == 1


def test_a_lander_that_is_told_to_stop_lands_what_it_read_and_ends_well(
    tmp_path: Path, log: EventLog, house: Settings, content: Content
) -> None:
    url = f"sqlite:///{tmp_path / 'log.sqlite'}"
    _append(log, [*map(_event, range(10))])
    arguments = ["-m", "pipelines", "land", "--from-log", url, "--follow", "--every"]
    with _running(house, *arguments, "0.1") as process:
        wait_until(partial(_has_landed, house, 10), 60, "landing")
        process.send_signal(signal.SIGTERM)

        assert process.wait(30) == 0

    assert _numbers(content, house) == [*range(10)]


def test_files_and_a_log_are_not_landed_at_once() -> None:
    outcome = CliRunner().invoke(app, ["land", "x.csv", "--from-log", "sqlite:///log.sqlite"])

    assert outcome.exit_code == 2
