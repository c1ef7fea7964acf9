"""What every event log promises, whatever it is kept in."""

import os
import subprocess
import sys
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from core.errors import DeclarationError, LogError, NotReadyError
from core.log.event_log import Bounds, Entry, EventLog
from core.log.kafka_log import KafkaLog
from core.log.open_log import open_log
from core.log.partitioning import partition_of
from tests.services.logs import NewLog, Recorder, entries, read_until, whole

ROOT = Path(__file__).resolve().parents[2]
ALL = (0, 1, 2)


def _sent(key: str, sent: Sequence[Entry]) -> list[bytes]:
    return [entry.value for entry in sent if entry.key == key]


def test_the_entries_of_a_player_are_read_in_the_order_they_were_appended(
    event_log: EventLog,
) -> None:
    sent = entries(200)
    for start in range(0, 200, 40):
        event_log.append(sent[start : start + 40])

    with closing(event_log.reader("readers")) as reader:
        read = read_until(reader, 200)

    for key in {entry.key for entry in sent}:
        assert read.values(key) == _sent(key, sent)


def test_offsets_rise_by_one_from_zero(event_log: EventLog) -> None:
    for start in range(0, 100, 10):
        event_log.append(entries(10, first=start))

    offsets = whole(event_log).offsets()

    for number in ALL:
        assert offsets[number] == [*range(event_log.bounds(number).end)]
        assert event_log.bounds(number).first == 0


def test_a_key_has_the_same_partition_in_every_log(event_log: EventLog) -> None:
    sent = [Entry(key, b"", 0) for key in ("player-1", "ж", "", "p" * 200, "player-2")]
    event_log.append(sent)

    found = {key: number for number, read in whole(event_log).of.items() for _, key, _ in read}

    assert found == {entry.key: partition_of(entry.key, 3) for entry in sent}


def test_values_are_kept_to_the_byte(event_log: EventLog) -> None:
    values = [b"", b"\x00\xff\x00", b"{}", os.urandom(20_000)]
    event_log.append([Entry("player-1", value, 0) for value in values])

    assert whole(event_log).values("player-1") == values


def test_a_group_goes_on_where_it_committed(log_url: str) -> None:
    with_log = open_log(log_url, 3)
    with_log.append(entries(60))
    first = with_log.reader("readers", partitions=ALL)
    read = read_until(first, 60)
    assert first.commit(first.assigned())
    first.close()
    with_log.close()

    again = open_log(log_url)
    again.append(entries(30, first=60))
    second = again.reader("readers", partitions=ALL)
    more = read_until(second, 30)

    for number in ALL:
        offsets = read.offsets().get(number, []) + more.offsets().get(number, [])
        assert offsets == [*range(again.bounds(number).end)]
    assert second.committed() == {number: len(read.of[number]) for number in ALL}
    second.close()
    again.close()


def test_what_was_not_committed_is_read_again(event_log: EventLog) -> None:
    event_log.append(entries(60))
    first = event_log.reader("readers", partitions=ALL)
    read_until(first, 60)
    first.commit({0: 5})
    read_until_end = first.assigned()
    first.close()

    second = event_log.reader("readers", partitions=ALL)
    read = read_until(second, sum(read_until_end.values()) - 5)

    assert [min(offsets) for _, offsets in sorted(read.offsets().items())] == [5, 0, 0]
    second.close()


READ_AND_DIE = """
import os, sys
from core.log.open_log import open_log
reader = open_log(sys.argv[1]).reader("readers", session_s=1.5)
while not reader.poll(10, 0.1): pass
print("read", flush=True)
while True: reader.poll(1, 0.1)
"""


def test_a_reader_killed_before_it_committed_loses_nothing(log_url: str) -> None:
    log = open_log(log_url, 3)
    log.append(entries(60))
    with subprocess.Popen(
        [sys.executable, "-c", READ_AND_DIE, log_url], cwd=ROOT, stdout=subprocess.PIPE
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == b"read\n"
        finally:
            child.kill()

    survivor = log.reader("readers", session_s=1.5)
    read = read_until(survivor, 60)

    for number in ALL:
        assert read.offsets()[number] == [*range(log.bounds(number).end)]
    survivor.close()
    log.close()


def test_groups_do_not_know_each_other(event_log: EventLog) -> None:
    event_log.append(entries(20))
    for group in ("first", "second"):
        reader = event_log.reader(group, partitions=ALL)
        assert len(read_until(reader, 20)) == 20
        reader.commit(reader.assigned())
        reader.close()


def test_a_range_is_read_exactly_and_moves_nothing(event_log: EventLog) -> None:
    event_log.append(entries(300, players=1))
    number = partition_of("player-0", 3)
    reader = event_log.reader("readers", partitions=[number])
    read_until(reader, 100, limit=100)
    before = reader.assigned()

    batches = [*reader.read_range(number, 40, 250)]

    assert [offset for batch in batches for offset in batch.offset] == [*range(40, 250)]
    assert batches[0].value[0] == b"40"
    assert reader.assigned() == before
    assert [*event_log.read_range(number, 250, 250)] == []
    assert sum(len(batch) for batch in event_log.read_range(number, 290, 9_999)) == 10
    reader.close()


def test_an_instant_finds_the_first_entry_recorded_from_it_on_or_one_before_it(
    event_log: EventLog,
) -> None:
    late = [5_000_000, 9_000_000, 2_000_000, 8_000_000, 12_000_000]
    event_log.append([Entry("player-0", b"", at_us) for at_us in late])
    number = partition_of("player-0", 3)

    found = [event_log.offset_at(number, s * 1_000_000) for s in (0, 5, 6, 9, 10, 12, 13)]

    first = [0, 0, 1, 1, 4, 4, 5]
    goes_by_append = isinstance(event_log, KafkaLog)
    assert found == ([0] * 7 if goes_by_append else first)


def test_lag_is_what_is_still_to_be_read(event_log: EventLog) -> None:
    event_log.append(entries(50))
    reader = event_log.reader("readers", partitions=ALL)
    read = read_until(reader, 20, limit=20)

    assert sum(reader.lag().values()) == 50 - len(read)

    read_until(reader, 50 - len(read))
    assert reader.lag() == dict.fromkeys(ALL, 0)
    reader.close()


def test_a_reader_goes_on_from_where_it_is_told(event_log: EventLog) -> None:
    event_log.append(entries(100, players=1))
    number = partition_of("player-0", 3)
    reader = event_log.reader("readers", partitions=[number])
    read_until(reader, 100)

    reader.seek(number, 90)

    assert read_until(reader, 10).offsets() == {number: [*range(90, 100)]}
    with pytest.raises(LogError, match="not held"):
        reader.seek((number + 1) % 3, 0)
    reader.close()


def test_a_listener_may_choose_the_start(event_log: EventLog) -> None:
    event_log.append(entries(100, players=1))
    number = partition_of("player-0", 3)

    class FromNinety(Recorder):
        def on_assign(self, starts: object) -> None:
            reader.seek(number, 90)

    reader = event_log.reader("readers", FromNinety())

    assert read_until(reader, 10).offsets() == {number: [*range(90, 100)]}
    reader.close()


def test_an_empty_log_answers_in_time(event_log: EventLog) -> None:
    reader = event_log.reader("readers", partitions=ALL)

    assert len(reader.poll(10, 0.01)) == 0
    assert event_log.bounds(0) == Bounds(0, 0)
    assert event_log.offset_at(0, 0) == 0
    reader.close()


def test_two_writers_at_once_lose_nothing(log_url: str) -> None:
    logs = [open_log(log_url, 3), open_log(log_url, 3)]
    sent = [entries(150, players=4, first=1_000 * writer) for writer in range(2)]

    def write(writer: int) -> None:
        for start in range(0, 150, 3):
            logs[writer].append(sent[writer][start : start + 3])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(2)))

    read = whole(logs[0])
    for number, offsets in read.offsets().items():
        assert offsets == [*range(logs[0].bounds(number).end)]
    for key, of_one in product((f"player-{n}" for n in range(4)), sent):
        written = _sent(key, of_one)
        assert [value for value in read.values(key) if value in written] == written
    for log in logs:
        log.close()


def test_a_log_is_made_once_and_keeps_its_partitions(log_url: str) -> None:
    with pytest.raises(NotReadyError, match="no event log"):
        open_log(log_url)
    open_log(log_url, 3).close()

    with pytest.raises(DeclarationError, match="3 partitions"):
        open_log(log_url, 4)
    with closing(open_log(log_url)) as log:
        assert log.partitions == 3


@pytest.mark.parametrize(
    "url", ["var/log.sqlite", "sqlite://", "kafka://host:9092", "redis://host", "postgresql:///x"]
)
def test_an_address_that_names_no_log_is_refused(url: str) -> None:
    with pytest.raises(DeclarationError, match="no address of an event log"):
        open_log(url)


def test_a_missing_client_library_is_named(
    monkeypatch: pytest.MonkeyPatch, new_log_url: NewLog
) -> None:
    for module, extra in (("confluent_kafka", "kafka"), ("psycopg", "postgres")):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(NotReadyError, match=rf"evenhand\[{extra}\]"):
            open_log({"kafka": "kafka://h:1/t", "postgres": "postgresql://h/d"}[extra], 1)


def test_closing_twice_does_nothing(event_log: EventLog) -> None:
    reader = event_log.reader(uuid.uuid4().hex, partitions=ALL)
    reader.poll(1, 0)

    reader.close()
    reader.close()
