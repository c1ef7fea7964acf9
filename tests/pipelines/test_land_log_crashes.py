"""Whoever dies, lands the same messages too or is told to stop: each message lands once."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.log.event_log import EventLog
from core.log.open_log import open_log
from core.settings import Settings
from features.manifest import read_manifest
from pipelines.landing.compact import compact
from pipelines.landing.counts import Landing
from pipelines.landing.log_verb import LogOptions, land_log
from pipelines.stream.letters import letters_in
from tests.pipelines.log_landing import (
    Content,
    append,
    close,
    event_line,
    gather_all,
    land_all,
    new_lander,
    numbers_landed,
)
from tests.services.server import wait_until

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
ROOT = Path(__file__).resolve().parents[2]


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
    append(log, [*map(event_line, range(12)), b"{broken", event_line(4)])
    for step in range(60):
        house = Settings(home=tmp_path / f"cut{step}")
        try:
            with _power_cut_at(step):
                land_all(log, house)
            is_whole = True
        except PowerCutError:
            is_whole = False
        seen = numbers_landed(content, house)

        land_all(log, house)

        found = [o for p in (house.dead_letter / "log").iterdir() for o in letters_in(p)]
        assert seen in ([], [*range(12)])
        assert numbers_landed(content, house) == [*range(12)]
        assert len(found) == 1
        if is_whole:
            break
    assert is_whole
    assert step > 5


def test_two_landers_of_the_same_messages_land_them_once(
    log: EventLog, house: Settings, content: Content
) -> None:
    append(log, [*map(event_line, range(10))])
    one, two = new_lander(log, house), new_lander(log, house)
    gather_all(one, log)
    append(log, [*map(event_line, range(10, 12))])
    gather_all(two, log)

    landings = [two.land(), one.land()]

    close(one)
    close(two)
    assert landings[0] is not None
    assert landings[0].total.accepted == 12
    assert landings[1] is None
    assert numbers_landed(content, house) == [*range(12)]


@settings(deadline=None, max_examples=max(EXAMPLES // 10, 10))  # each lands several times
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_the_order_repetition_and_crashes_the_distinct_facts_land(
    seed: int, tmp_path_factory: pytest.TempPathFactory, content: Content
) -> None:
    chance = random.Random(seed)
    folder = tmp_path_factory.mktemp("law")
    house, log = Settings(home=folder / "home"), open_log(f"sqlite:///{folder / 'l.sqlite'}", 2)
    landers = [new_lander(log, house), new_lander(log, house)]
    appended: set[int] = set()
    for _ in range(chance.randint(1, 8)):
        what = chance.choice(["append", "append", "gather", "land", "crash", "compact"])
        place = chance.randrange(2)
        if what == "append":
            numbers = [chance.randint(0, 30) for _ in range(chance.randint(1, 9))]
            appended.update(numbers)
            append(log, [*map(event_line, numbers)])
        elif what == "gather":
            landers[place].gather(chance.randint(1, 9), 0.01)
        elif what == "land":
            landers[place].land()
        elif what == "crash":
            close(landers[place])
            landers[place] = new_lander(log, house)
        else:
            compact(house.warehouse)
    for lander in landers:
        close(lander)

    land_all(log, house)

    log.close()
    assert numbers_landed(content, house) == sorted(appended)
    shutil.rmtree(folder)


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
            append(log, [*map(event_line, range(start, start + 40))])
            end = start + 40
            wait_until(lambda: _accepted(landings) == end, 60, "landing")  # noqa: B023 - at once
    finally:
        stop.set()
        thread.join(60)

    assert not thread.is_alive()
    assert len(landings) >= 3
    assert numbers_landed(content, house) == [*range(120)]


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
    values = [*map(event_line, range(1_500)), b"{broken"]
    append(log, values)
    for kill in range(4):
        with _running(house, "-c", _LANDS_FOR_EVER, url, house.home.as_posix()) as process:
            goal = min(300 * (kill + 1), len(values)) if kill < 3 else len(values)
            wait_until(partial(_has_landed, house, goal), 60, "landing")
            with contextlib.suppress(subprocess.TimeoutExpired):  # somewhere in the next landing
                process.wait(chance.random() * 0.1)

    assert numbers_landed(content, house) == [*range(1_500)]
    found = [o for p in (house.dead_letter / "log").iterdir() for o in letters_in(p)]
    assert len(found) == 1


def test_a_lander_that_is_told_to_stop_lands_what_it_read_and_ends_well(
    tmp_path: Path, log: EventLog, house: Settings, content: Content
) -> None:
    url = f"sqlite:///{tmp_path / 'log.sqlite'}"
    append(log, [*map(event_line, range(10))])
    arguments = ["-m", "pipelines", "land", "--from-log", url, "--follow", "--every"]
    with _running(house, *arguments, "0.1") as process:
        wait_until(partial(_has_landed, house, 10), 60, "landing")
        process.send_signal(signal.SIGTERM)

        assert process.wait(30) == 0

    assert numbers_landed(content, house) == [*range(10)]
