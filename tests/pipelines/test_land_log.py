"""An event log lands once, message by message, with counts that add up."""

import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.clock import FixedClock
from core.errors import SourceError
from core.log.event_log import Entry, EventLog
from core.log.open_log import open_log
from core.log.sqlite_log import SqliteLog
from core.settings import Settings
from features.manifest import read_manifest
from pipelines.cli import app
from pipelines.landing.log_land import LogLander, LogTarget
from pipelines.landing.log_verb import LogOptions, log_name
from pipelines.stream.letters import letters_in
from tests.pipelines.log_landing import (
    NOON,
    Content,
    append,
    close,
    event_line,
    gather_all,
    land_all,
    new_lander,
    numbers_landed,
)


def test_every_kind_of_log_lands_with_counts_that_add_up(
    event_log: EventLog, house: Settings, content: Content
) -> None:
    strange = event_line(99).replace(b"deposit_approved.v1", b"deposit_approved.v9")
    values = [*map(event_line, range(20)), event_line(3), b"{broken", strange]
    append(event_log, values)

    landing = land_all(event_log, house)
    again = land_all(event_log, house)

    assert landing is not None
    total = landing.total
    assert (total.accepted, total.duplicate, total.rejected, total.unknown) == (20, 1, 1, 1)
    assert again is None
    assert numbers_landed(content, house) == [*range(20)]


def test_only_what_came_since_is_landed_and_the_group_knows(
    log: EventLog, house: Settings, content: Content
) -> None:
    append(log, [*map(event_line, range(10))])
    land_all(log, house)
    append(log, [*map(event_line, range(10, 15))])

    landing = land_all(log, house)

    assert landing is not None
    assert landing.total.read == 5
    positions = read_manifest(house.warehouse).positions["log#landing"]
    ends = {partition: log.bounds(partition).end for partition in range(3)}
    assert {p: place.next for p, place in positions.items()} == {p: e for p, e in ends.items() if e}


def test_the_group_is_told_how_far_landing_is(log: EventLog, house: Settings) -> None:
    append(log, [*map(event_line, range(10))])
    ends = {partition: log.bounds(partition).end for partition in range(3)}
    lander = new_lander(log, house)
    gather_all(lander, log)

    lander.land()

    assert lander.reader is not None
    assert lander.reader.committed() == ends
    close(lander)


def test_messages_that_are_no_facts_are_kept_with_partition_and_offset(
    log: EventLog, house: Settings
) -> None:
    negative = event_line(1).replace(b'"amount":"0.01"', b'"amount":"-0.01"')
    strange = event_line(2).replace(b"deposit_approved.v1", b"deposit_approved.v9")
    log.append([Entry("p", value, 0) for value in (event_line(0), b"{broken", negative, strange)])

    land_all(log, house)

    found = [one for path in (house.dead_letter / "log").iterdir() for one in letters_in(path)]
    assert [(one.offset, one.raw_bytes()) for one in found] == [(1, b"{broken"), (2, negative)]
    assert "is negative" in found[1].reason
    kept = [o for p in (house.dead_letter / "log_unknown").iterdir() for o in letters_in(p)]
    assert [(one.offset, one.raw_bytes()) for one in kept] == [(3, strange)]


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=2)])
def test_a_known_time_well_after_the_append_does_not_land_whenever_it_is_read(
    later: timedelta, tmp_path: Path, house: Settings
) -> None:
    with closing(SqliteLog(tmp_path / "log.sqlite", 3, clock=FixedClock(NOON))) as log:
        append(log, [event_line(0), event_line(60), event_line(61)])
        lander = LogLander(LogTarget(house, "log", FixedClock(NOON + later)))
        lander.reader = log.reader("log", lander, partitions=range(3))
        gather_all(lander, log)

        landing = lander.land()

        close(lander)
    assert landing is not None
    assert (landing.total.accepted, landing.total.rejected) == (2, 1)


def test_a_warehouse_put_back_from_a_copy_is_landed_on_from_there(
    tmp_path: Path, log: EventLog, house: Settings, content: Content
) -> None:
    append(log, [*map(event_line, range(5))])
    land_all(log, house)
    shutil.copytree(house.warehouse, tmp_path / "copy")
    append(log, [*map(event_line, range(5, 10))])
    lander = new_lander(log, house)
    gather_all(lander, log)
    lander.land()
    shutil.rmtree(house.warehouse)
    shutil.copytree(tmp_path / "copy", house.warehouse)
    append(log, [event_line(10), event_line(11)])

    gather_all(lander, log)
    lander.land()  # finds the gap and goes back
    gather_all(lander, log)
    lander.land()

    close(lander)
    assert numbers_landed(content, house) == [*range(12)]


def test_another_log_under_the_same_address_is_refused(tmp_path: Path, house: Settings) -> None:
    for number in range(2):
        made = open_log(f"sqlite:///{tmp_path / f'log{number}.sqlite'}", 1)
        made.append([Entry("p", event_line(number), 0), Entry("p", event_line(number + 10), 0)])
        if number == 0:
            land_all(made, house)
            made.close()
    lander = new_lander(made, house)

    with pytest.raises(SourceError, match=r"not the log that was landed .*another --group"):
        lander.gather(10, 0.1)

    close(lander)
    made.close()


def test_secrets_of_an_address_are_not_kept() -> None:
    name = log_name(LogOptions("postgresql://ann:secret@db/house?password=secret", "g"))

    assert name == "postgresql://db/house#g"


def test_files_and_a_log_are_not_landed_at_once() -> None:
    outcome = CliRunner().invoke(app, ["land", "x.csv", "--from-log", "sqlite:///log.sqlite"])

    assert outcome.exit_code == 2
