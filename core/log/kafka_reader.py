"""Reads a Kafka topic as one of a consumer group. Way: Kafka -> here -> poll -> worker.

The group's positions are committed only when asked, so they never run ahead of the reader's durable
state. Partitions change hands one by one (cooperative rebalance): a reader that keeps a partition
never stops reading it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import Any

from core.errors import LogError, NotReadyError
from core.log.event_log import Batch, Bounds, Listener
from core.log.kafka_client import ANSWER_S, KafkaAddress, add_messages, answer, confluent
from core.log.kafka_reads import KafkaReads

_LOG = logging.getLogger(__name__)
_AT_ONCE = 250
"""Messages the client hands over at a time: 5,000 at once cost half as much again, for each is out
of the processor's cache before it is looked at."""


@dataclass(frozen=True, slots=True)
class KafkaSeat:
    """What a reader is: its group, the partitions it insists on (None: a share), its session."""

    group: str
    only: Sequence[int] | None
    session_s: float


class KafkaReader:
    """A `LogReader` in a consumer group."""

    def __init__(
        self, address: KafkaAddress, rereads: KafkaReads, seat: KafkaSeat, listener: Listener
    ) -> None:
        self._topic, self._seat, self._listener = address.topic, seat, listener
        self._kafka = confluent()
        self._rereads = rereads
        self._consumer = self._kafka.Consumer(_settings(address, seat))
        self._next: dict[int, int] = {}
        self._starting: dict[int, int] = {}
        self._has_changed, self._has_begun, self._is_open = False, False, True

    @property
    def partitions(self) -> int:
        """How many partitions the log has."""
        return self._rereads.partitions

    def poll(self, limit: int = 10_000, timeout_s: float = 0.1) -> Batch:
        """Return what comes next, at once when something is there."""
        if not self._has_begun:
            self._begin()
        self._has_changed, batch = False, Batch()
        self._take(batch, limit)
        if not batch.offset and timeout_s > 0:
            # consume(limit, timeout) would wait for `limit` messages; one is enough to begin
            add_messages(batch, self._sound(self._consumer.consume(1, timeout_s)))
            if batch.offset:
                self._take(batch, limit)
        if self._has_changed:
            batch = self._still_held(batch)
        for number, offset in dict(zip(batch.partition, batch.offset, strict=True)).items():
            self._next[number] = offset + 1
        return batch

    def assigned(self) -> dict[int, int]:
        """Return the partitions held and the next offset of each."""
        return dict(self._next)

    def seek(self, partition: int, offset: int) -> None:
        """Go on reading a held partition from that offset."""
        if partition not in self._next:
            raise LogError(f"partition {partition} is not held", expected=f"of {[*self._next]}")
        if partition in self._starting:  # inside on_assign: reading has not begun
            self._starting[partition] = offset
        else:
            place = self._places({partition: offset})
            self._consumer.incremental_unassign(place)
            self._consumer.incremental_assign(place)
        self._next[partition] = offset

    def committed(self) -> dict[int, int]:
        """Return where the group goes on, for the partitions held."""
        return self._committed([*self._next])

    def commit(self, positions: Mapping[int, int]) -> bool:
        """Note the group's positions; False when the group has moved on or Kafka is away."""
        if not positions:
            return True
        try:
            noted = self._consumer.commit(offsets=self._places(positions), asynchronous=False)
        except self._kafka.KafkaException as error:
            _LOG.warning("commit of group %s refused: %s", self._seat.group, error)
            return False
        return all(place.error is None for place in noted)

    def lag(self) -> dict[int, int]:
        """Return how many entries are still to be read, per partition held."""
        # by the other client: on this one the question would queue behind a waiting fetch
        ends = self._rereads.ends(self._next) if self._next else {}
        return {number: ends[number] - at for number, at in self._next.items()}

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
        """Give up the partitions (the listener is told) and the seat."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            # before closing: closing may leave the group before it serves the callback
            self._give_up([*self._next])
        finally:
            self._consumer.close()

    def _begin(self) -> None:
        if self._seat.only is None:
            self._consumer.subscribe(
                [self._topic],
                on_assign=self._assigned,
                on_revoke=self._revoked,
                on_lost=self._lost,
            )
        else:
            # a client that has learnt who leads the topic begins at once, another after a second
            ask = partial(self._consumer.list_topics, self._topic, timeout=ANSWER_S)
            answer(ask, "who leads the topic")
            self._assigned(self._consumer, self._places(dict.fromkeys(self._seat.only, 0)))
        self._has_begun = True

    def _assigned(self, consumer: Any, places: Sequence[Any]) -> None:
        if not self._is_open:
            return
        starts = self._committed([place.partition for place in places])
        for number, start in starts.items():
            self._check(number, start)
        self._has_changed = True
        self._next.update(starts)
        self._starting = dict(starts)
        if starts:
            self._listener.on_assign(starts)
        consumer.incremental_assign(self._places(self._starting))
        self._starting = {}

    def _revoked(self, _consumer: Any, places: Sequence[Any]) -> None:
        self._give_up([place.partition for place in places if place.partition in self._next])

    def _lost(self, _consumer: Any, places: Sequence[Any]) -> None:
        lost = [place.partition for place in places if place.partition in self._next]
        self._forget(lost)
        if lost:
            self._listener.on_lost(lost)

    def _give_up(self, partitions: list[int]) -> None:
        if partitions:
            self._listener.on_revoke(partitions)
        self._forget(partitions)

    def _forget(self, partitions: list[int]) -> None:
        self._has_changed = True
        for number in partitions:
            del self._next[number]

    def _take(self, batch: Batch, limit: int) -> None:
        """Add what is there now, some at a time, so that each is taken apart while it is near."""
        while (asked := min(_AT_ONCE, limit - len(batch.offset))) > 0:
            found = self._consumer.consume(asked, 0)
            add_messages(batch, self._sound(found))
            if len(found) < asked:
                return

    def _sound(self, found: list[Any]) -> list[Any]:
        """Leave out errors; what they say is told."""
        if not any(map(self._kafka.Message.error, found)):
            return found
        for message in found:
            self._complain(message.error())
        return [message for message in found if message.error() is None]

    def _still_held(self, batch: Batch) -> Batch:
        """Leave out what was fetched before its partition went to another."""
        places = zip(batch.partition, batch.offset, strict=True)
        held = [offset >= self._next.get(number, 2**63) for number, offset in places]
        columns = (getattr(batch, name) for name in batch.__slots__)
        return Batch(*(list(compress(column, held)) for column in columns))

    def _complain(self, error: Any) -> None:
        codes = self._kafka.KafkaError
        if error is None:
            return
        if error.code() in (codes._AUTO_OFFSET_RESET, codes.OFFSET_OUT_OF_RANGE):  # noqa: SLF001
            raise LogError(f"Kafka no longer holds the next offset: {error}", hint=_REBUILD)
        if error.fatal() or error.code() in (
            codes.TOPIC_AUTHORIZATION_FAILED,
            codes.GROUP_AUTHORIZATION_FAILED,
        ):
            raise NotReadyError(f"Kafka refuses: {error}", expected=f"topic {self._topic!r}")
        _LOG.warning("Kafka: %s", error)

    def _check(self, number: int, start: int) -> None:
        held = self.bounds(number)
        if not held.first <= start <= held.end:
            raise LogError(
                f"group {self._seat.group!r} goes on at offset {start} of partition {number}",
                expected=f"{held.first} to {held.end}, which is what the log holds",
                hint=_REBUILD,
            )

    def _committed(self, numbers: Sequence[int]) -> dict[int, int]:
        if not numbers:
            return {}
        asked = self._places(dict.fromkeys(numbers, 0))
        known = answer(
            lambda: self._consumer.committed(asked, timeout=ANSWER_S), "where the group goes on"
        )
        return {
            place.partition: place.offset
            if place.offset >= 0
            else self.bounds(place.partition).first
            for place in known
        }

    def _places(self, positions: Mapping[int, int]) -> list[Any]:
        place = self._kafka.TopicPartition
        return [place(self._topic, number, offset) for number, offset in positions.items()]


_REBUILD = "what fell out of the log is in the warehouse: rebuild the state from it"


def _settings(address: KafkaAddress, seat: KafkaSeat) -> dict[str, Any]:
    session_ms = round(seat.session_s * 1000)
    return address.settings(
        group_id=seat.group,
        partition_assignment_strategy="cooperative-sticky",
        enable_auto_commit=False,
        enable_auto_offset_store=False,
        auto_offset_reset="error",  # a hole in the log is said, never skipped
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=min(3_000, session_ms // 5),
        max_poll_interval_ms=max(300_000, session_ms),
        fetch_queue_backoff_ms=10,  # the default of 1 s stalls a reader that keeps up
    )
