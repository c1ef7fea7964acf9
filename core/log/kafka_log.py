"""The event log as a Kafka topic. Way: relay -> here -> Kafka -> kafka_reader -> workers.

The producer is idempotent: a batch sent again because its acknowledgement was lost is stored once
and in order, as long as this process lives. A process that starts anew and appends again may append
an event a second time; readers drop it by its id.

A topic made here keeps entries for ever (set `retention.ms` to what the operator's backups and
rebuilds need) and stamps them with the broker's clock as they come.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from core.errors import LogError, NotReadyError
from core.log.event_log import SESSION_S, Batch, Bounds, Entry, Listener
from core.log.kafka_client import ANSWER_S, KafkaAddress, confluent
from core.log.kafka_reader import KafkaReader, KafkaSeat
from core.log.kafka_reads import KafkaReads
from core.log.partitioning import agreed

_DELIVERY_S = 60.0
_FULL_PAUSE_S = 0.05
_BYTES_MAX = 2 << 20  # twice the longest line of the contract
_TOPIC = {
    "retention.ms": "-1",
    "message.timestamp.type": "LogAppendTime",
    "max.message.bytes": str(_BYTES_MAX),
}


class KafkaLog:
    """An `EventLog` in a topic; `partitions` makes the topic when it is not there.

    Raises:
        NotReadyError: Kafka does not answer, or there is no such topic and none was to be made.
        DeclarationError: the topic has another number of partitions.
    """

    def __init__(self, address: KafkaAddress, partitions: int | None = None) -> None:
        self._address, self._kafka = address, confluent()
        self._rereads = KafkaReads(address, self._made(partitions))
        self._producer = self._new_producer()

    @property
    def partitions(self) -> int:
        """How many partitions the topic has."""
        return self._rereads.partitions

    def append(self, entries: Sequence[Entry]) -> None:
        """Append in the order given; acknowledged by all in-sync replicas on return."""
        failed: list[Any] = []

        def note(error: Any, _message: Any) -> None:
            failed.append(error)

        for entry in entries:
            self._send(entry, note)
        unsent = self._producer.flush(_DELIVERY_S + ANSWER_S)
        if failed or unsent:
            if any(error.fatal() for error in failed):
                self._producer = self._new_producer()
            why = failed[0] if failed else "no acknowledgement"
            raise LogError(
                f"{len(failed) + unsent} of {len(entries)} entries not appended: {why}",
                hint="append them again: readers drop what arrives twice",
            )

    def reader(
        self,
        group: str,
        listener: Listener | None = None,
        *,
        partitions: Sequence[int] | None = None,
        session_s: float = SESSION_S,
    ) -> KafkaReader:
        """Return a reader of the consumer group."""
        seat = KafkaSeat(group, partitions, session_s)
        return KafkaReader(self._address, self._rereads, seat, listener or Listener())

    def bounds(self, partition: int) -> Bounds:
        """Return the offsets the partition holds now."""
        return self._rereads.bounds(partition)

    def offset_at(self, partition: int, at_us: int) -> int:
        """Return the first offset appended in or after the instant's millisecond, or the end."""
        return self._rereads.offset_at(partition, at_us)

    def read_range(self, partition: int, start: int, stop: int) -> Iterator[Batch]:
        """Yield the entries between two offsets, by a consumer of its own."""
        return self._rereads.read_range(partition, start, stop)

    def close(self) -> None:
        """Send what is under way and close the connections."""
        self._producer.flush(ANSWER_S)
        self._rereads.close()

    def _send(self, entry: Entry, on_delivery: Callable[[Any, Any], None]) -> None:
        while True:
            try:
                self._producer.produce(
                    self._address.topic,
                    entry.value,
                    entry.key,
                    on_delivery=on_delivery,
                )
            except BufferError:  # the local queue is full: wait for acknowledgements
                self._producer.poll(_FULL_PAUSE_S)
            except self._kafka.KafkaException as error:  # too large, say
                on_delivery(error.args[0], None)
                return
            else:
                return

    def _new_producer(self) -> Any:
        settings = self._address.settings(
            enable_idempotence=True,
            acks="all",
            partitioner="consistent",  # CRC-32: the partitions of core.log.partitioning
            compression_type="lz4",
            linger_ms=5,
            message_timeout_ms=round(_DELIVERY_S * 1000),
            delivery_report_only_error=True,
            message_max_bytes=_BYTES_MAX,
        )
        return self._kafka.Producer(settings)

    def _made(self, asked: int | None) -> int:
        from confluent_kafka.admin import AdminClient

        admin = AdminClient(self._address.settings())
        found = self._found(admin)
        if found == 0 and asked is not None:
            self._make(admin, asked)
            deadline = time.monotonic() + ANSWER_S
            while (found := self._found(admin)) == 0 and time.monotonic() < deadline:
                admin.poll(_FULL_PAUSE_S)
        return agreed(found, asked, f"{self._address.brokers}/{self._address.topic}")

    def _make(self, admin: Any, partitions: int) -> None:
        from confluent_kafka.cimpl import NewTopic

        topic, replication = self._address.topic, self._address.replication
        new = NewTopic(topic, partitions, replication, config=_TOPIC)
        try:
            admin.create_topics([new])[topic].result(ANSWER_S)
        except self._kafka.KafkaException as error:
            if error.args[0].code() != self._kafka.KafkaError.TOPIC_ALREADY_EXISTS:
                raise NotReadyError(f"topic {topic!r} cannot be made: {error}") from error

    def _found(self, admin: Any) -> int:
        """Return the topic's number of partitions; asks for all topics, for asking makes one."""
        try:
            topics = admin.list_topics(timeout=ANSWER_S).topics
        except self._kafka.KafkaException as error:
            raise NotReadyError(f"Kafka at {self._address.brokers} does not answer") from error
        return len(topics[self._address.topic].partitions) if self._address.topic in topics else 0
