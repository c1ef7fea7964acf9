"""When an entry was appended: the log's own word, the same to every reader at any time."""

import uuid
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from core.clock import FixedClock, SystemClock
from core.log.event_log import UNSTAMPED, Batch, Entry, EventLog
from core.log.kafka_client import KafkaAddress
from core.log.kafka_log import KafkaLog
from core.log.partitioning import partition_of
from core.log.postgres_log import PostgresLog
from core.log.sql_rows import now_us
from core.log.sqlite_log import SqliteLog
from tests.services.kafka_broker import KafkaBroker
from tests.services.logs import NewLog, entries
from tests.services.server import wait_until

ALL = (0, 1, 2)
MILLISECOND_US = 1_000
AT = FixedClock(datetime(2031, 5, 1, tzinfo=UTC))


def _told(batches: Iterable[Batch]) -> dict[tuple[int, int], int]:
    """Return append instants by partition and offset."""
    return {
        (partition, offset): appended_us
        for batch in batches
        for partition, offset, appended_us in zip(
            batch.partition, batch.offset, batch.appended_us, strict=True
        )
    }


def _polled(log: EventLog, count: int) -> list[Batch]:
    batches: list[Batch] = []
    with closing(log.reader(uuid.uuid4().hex, partitions=ALL)) as reader:

        def is_read() -> bool:
            batches.append(reader.poll(7, 0.1))
            return sum(map(len, batches)) == count

        wait_until(is_read, 60, f"{count} entries")
    return batches


def _reread(log: EventLog) -> list[Batch]:
    return [b for number in ALL for b in log.read_range(number, 0, log.bounds(number).end)]


def test_every_entry_says_when_it_was_appended_the_same_to_every_reader(
    event_log: EventLog,
) -> None:
    before_us = now_us(SystemClock()) // MILLISECOND_US * MILLISECOND_US
    event_log.append(entries(40))
    after_us = now_us(SystemClock())

    told = _told(_reread(event_log))

    assert len(told) == 40
    assert all(before_us <= appended_us <= after_us for appended_us in told.values())
    assert _told(_polled(event_log, 40)) == told


def test_sqlite_goes_by_the_clock_it_was_given(tmp_path: Path) -> None:
    with closing(SqliteLog(tmp_path / "log.sqlite", 3, clock=AT)) as log:
        log.append(entries(5))

        assert set(_told(_reread(log)).values()) == {now_us(AT)}


def test_postgresql_goes_by_its_own_clock_not_by_the_writers(new_log_url: NewLog) -> None:
    with closing(PostgresLog(new_log_url("postgresql"), 3, clock=AT)) as log:
        log.append(entries(5))

        assert max(_told(_reread(log)).values()) <= now_us(SystemClock()) < now_us(AT)


def test_kafka_looks_for_an_instant_among_append_times(new_log_url: NewLog) -> None:
    number = partition_of("player-1", 3)
    with closing(KafkaLog(_address(new_log_url), 3)) as log:
        log.append([Entry("player-1", b"", 0)])
        appended_us = _told(_reread(log))[number, 0]

        assert log.offset_at(number, appended_us) == 0
        assert log.offset_at(number, appended_us + MILLISECOND_US) == 1


def test_a_topic_stamped_by_its_senders_does_not_know(kafka_broker: KafkaBroker) -> None:
    topic = f"log_{uuid.uuid4().hex}"
    admin = AdminClient({"bootstrap.servers": kafka_broker.bootstrap})
    by_senders = {"message.timestamp.type": "CreateTime"}
    admin.create_topics([NewTopic(topic, 3, 1, config=by_senders)])[topic].result()

    with closing(KafkaLog(KafkaAddress(kafka_broker.bootstrap, topic))) as log:
        log.append(entries(3))

        assert set(_told(_reread(log)).values()) == {UNSTAMPED}


def _address(new_log_url: NewLog) -> KafkaAddress:
    brokers, _, topic = new_log_url("kafka").removeprefix("kafka://").partition("/")
    return KafkaAddress(brokers, topic)
