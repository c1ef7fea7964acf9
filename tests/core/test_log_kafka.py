"""What only a genuine Kafka can show: lost acknowledgements, restarts, holes."""

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from core.errors import LogError, NotReadyError
from core.events.codec import LINE_BYTES_MAX
from core.log.event_log import Entry, EventLog
from core.log.kafka_client import KafkaAddress
from core.log.kafka_log import KafkaLog
from core.log.open_log import open_log
from tests.services.kafka_broker import KafkaBroker
from tests.services.logs import entries, read_until, whole
from tests.services.lossy_proxy import LossyProxy
from tests.services.server import free_port, wait_until

ALL = (0, 1, 2)


@pytest.fixture
def address(kafka_broker: KafkaBroker) -> KafkaAddress:
    return KafkaAddress(kafka_broker.bootstrap, f"log_{uuid.uuid4().hex}")


@pytest.fixture
def kafka_log(address: KafkaAddress) -> Iterator[KafkaLog]:
    with closing(KafkaLog(address, 3)) as log:
        yield log


def _assert_whole(log: EventLog, sent: list[Entry]) -> None:
    read = whole(log)
    assert len(read) == len(sent)
    for key in {entry.key for entry in sent}:
        assert read.values(key) == [entry.value for entry in sent if entry.key == key]


def test_an_entry_whose_acknowledgement_is_lost_is_stored_once(tmp_path: Path) -> None:
    door = free_port()
    broker = KafkaBroker(tmp_path, advertised_port=door)
    proxy = LossyProxy(door, broker.port)
    with broker.running(), proxy.running():
        log = KafkaLog(KafkaAddress(f"127.0.0.1:{door}", "events"), 3)
        sent = entries(40)
        log.append(sent[:10])

        proxy.losing = 3
        for start in (10, 20, 30):
            log.append(sent[start : start + 10])

        assert proxy.lost == 3
        _assert_whole(log, sent)
        log.close()


def test_appending_while_the_broker_is_killed_and_restarted_loses_and_doubles_nothing(
    kafka_broker: KafkaBroker, kafka_log: KafkaLog
) -> None:
    sent = entries(3_000)
    is_under_way = threading.Event()

    def write() -> None:
        for start in range(0, len(sent), 50):
            kafka_log.append(sent[start : start + 50])
            if start == 500:
                is_under_way.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert is_under_way.wait(30)
    kafka_broker.kill()
    kafka_broker.start()
    writer.join(120)

    assert not writer.is_alive()
    _assert_whole(kafka_log, sent)


def test_readers_go_on_after_the_broker_was_restarted(
    kafka_broker: KafkaBroker, kafka_log: KafkaLog
) -> None:
    kafka_log.append(entries(30))
    with closing(kafka_log.reader(uuid.uuid4().hex, session_s=30)) as reader:
        first = read_until(reader, 30)
        assert reader.commit(reader.assigned())

        kafka_broker.stop()
        assert len(reader.poll(10, 0.2)) == 0
        kafka_broker.start()
        kafka_log.append(entries(30, first=30))
        more = read_until(reader, 30)
        wait_until(lambda: reader.commit(reader.assigned()), 60, "a commit")

        for number in ALL:
            offsets = first.offsets().get(number, []) + more.offsets().get(number, [])
            assert offsets == [*range(kafka_log.bounds(number).end)]


def test_commits_while_kafka_is_away_are_refused_not_raised(
    kafka_broker: KafkaBroker, kafka_log: KafkaLog
) -> None:
    kafka_log.append(entries(30))
    with closing(kafka_log.reader(uuid.uuid4().hex, session_s=6)) as reader:
        read_until(reader, 30)
        kafka_broker.stop()
        try:
            assert not reader.commit(reader.assigned())
        finally:
            kafka_broker.start()


def test_entries_of_any_time_are_taken_and_kept(kafka_log: KafkaLog) -> None:
    year_2000, year_2100 = 946_684_800_000_000, 4_102_444_800_000_000
    sent = [Entry("player-1", b"old", year_2000), Entry("player-1", b"new", year_2100)]

    kafka_log.append(sent)

    _assert_whole(kafka_log, sent)


def test_a_hole_in_the_log_is_said_not_skipped(
    kafka_broker: KafkaBroker, kafka_log: KafkaLog, address: KafkaAddress
) -> None:
    kafka_log.append(entries(30, players=1))
    number = next(iter(whole(kafka_log).of))
    group = uuid.uuid4().hex
    with closing(kafka_log.reader(group, partitions=[number])) as reader:
        read_until(reader, 5, limit=5)
        assert reader.commit({number: 5})
    admin = AdminClient({"bootstrap.servers": kafka_broker.bootstrap})
    place = TopicPartition(address.topic, number, 20)
    admin.delete_records([place])[place].result(30)

    with (
        closing(kafka_log.reader(group, partitions=[number])) as reader,
        pytest.raises(LogError, match="goes on at offset 5"),
    ):
        reader.poll(1, 1)

    assert kafka_log.bounds(number).first == 20


def test_the_longest_line_of_the_contract_fits(kafka_log: KafkaLog) -> None:
    longest = Entry("player-1", os.urandom(LINE_BYTES_MAX), 0)

    kafka_log.append([longest])

    _assert_whole(kafka_log, [longest])


def test_an_entry_too_large_is_refused_and_the_others_are_kept(kafka_log: KafkaLog) -> None:
    too_large = Entry("player-1", bytes(3_000_000), 0)

    with pytest.raises(LogError, match=r"1 of 11 entries not appended.*too large"):
        kafka_log.append([*entries(5), too_large, *entries(5, first=5)])

    _assert_whole(kafka_log, entries(10))


def test_a_broker_that_is_not_there_is_said() -> None:
    with pytest.raises(NotReadyError, match="does not answer"):
        open_log(f"kafka://127.0.0.1:{free_port()}/events", 1)


def test_options_reach_the_client(address: KafkaAddress) -> None:
    url = f"kafka://{address.brokers}/{address.topic}?client.id=mine&replication=1"

    with closing(open_log(url, 1)) as log:
        assert isinstance(log, KafkaLog)
        assert log._address.settings()["client.id"] == "mine"
        assert "replication" not in log._address.settings()
