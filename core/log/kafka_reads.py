"""Rereads a Kafka topic by offset, outside any group. Way: Kafka -> here -> rebuild, fingerprints.

A consumer that is assigned, not subscribed, moves no group's position and causes no rebalance.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from core.errors import LogError
from core.log.event_log import Batch, Bounds
from core.log.kafka_client import ANSWER_S, KafkaAddress, answer, batch_of, confluent

_RANGE_MESSAGES = 10_000
_SILENCE_S = 60.0
_LATEST = -1  # the protocol's "instant" of the end


class KafkaReads:
    """The `Rereadable` part of a topic with a known number of partitions."""

    def __init__(self, address: KafkaAddress, partitions: int) -> None:
        self._address, self.partitions = address, partitions
        self._kafka = confluent()
        self._asking = self._consumer()
        self._idle: list[Any] = []  # consumers between two ranges: connecting takes longer

    def bounds(self, partition: int) -> Bounds:
        """Return the offsets the partition holds now."""
        place = self._place(partition)
        first, end = answer(
            lambda: self._asking.get_watermark_offsets(place, ANSWER_S),
            f"what partition {partition} holds",
        )
        return Bounds(first, end)

    def ends(self, partitions: Iterable[int]) -> dict[int, int]:
        """Return the end of each partition now: one question, where `bounds` are two each."""
        asked = [self._place(number, _LATEST) for number in partitions]
        found = answer(
            lambda: self._asking.offsets_for_times(asked, timeout=ANSWER_S), "where the log ends"
        )
        for place in found:
            if place.error is not None or place.offset < 0:
                raise LogError(f"Kafka does not say where partition {place.partition} ends")
        return {place.partition: place.offset for place in found}

    def offset_at(self, partition: int, at_us: int) -> int:
        """Return the first offset appended in or after the instant's millisecond, or the end."""
        asked = self._place(partition, max(0, at_us // 1000))
        [found] = answer(
            lambda: self._asking.offsets_for_times([asked], timeout=ANSWER_S),
            f"what partition {partition} holds from an instant on",
        )
        return int(found.offset) if found.offset >= 0 else self.bounds(partition).end

    def read_range(self, partition: int, start: int, stop: int) -> Iterator[Batch]:
        """Yield the entries between two offsets."""
        held = self.bounds(partition)
        start, stop = max(start, held.first), min(stop, held.end)
        if start >= stop:
            return
        consumer = self._idle.pop() if self._idle else self._consumer()
        try:
            consumer.assign([self._place(partition, start)])
            yield from self._until(consumer, start, stop)
        finally:
            consumer.unassign()
            self._idle.append(consumer)

    def close(self) -> None:
        """Close the connections."""
        for consumer in (self._asking, *self._idle):
            consumer.close()

    def _until(self, consumer: Any, start: int, stop: int) -> Iterator[Batch]:
        deadline = time.monotonic() + _SILENCE_S
        while start < stop:
            found = consumer.consume(min(_RANGE_MESSAGES, stop - start), 0.2)
            batch = batch_of([message for message in found if message.error() is None])
            if batch:
                deadline, start = time.monotonic() + _SILENCE_S, batch.offset[-1] + 1
                yield batch
            elif any(self._is_end(message.error()) for message in found):
                return
            elif time.monotonic() > deadline:
                raise LogError(f"Kafka fell silent at offset {start}", expected=f"up to {stop}")

    def _is_end(self, error: Any) -> bool:
        return bool(error.code() == self._kafka.KafkaError._PARTITION_EOF)  # noqa: SLF001

    def _consumer(self) -> Any:
        settings = self._address.settings(
            group_id="evenhand.rereads",  # asked for by the client, never joined
            enable_auto_commit=False,
            enable_partition_eof=True,
            fetch_wait_max_ms=10,  # the next range does not wait for news of the last
            auto_offset_reset="error",
        )
        return self._kafka.Consumer(settings)

    def _place(self, partition: int, offset: int = 0) -> Any:
        return self._kafka.TopicPartition(self._address.topic, partition, offset)
