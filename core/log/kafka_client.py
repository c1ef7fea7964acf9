"""What every Kafka client of ours shares. Way: open_log -> here -> kafka_log, kafka_reader."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from core.errors import LogError, NotReadyError
from core.log.event_log import UNSTAMPED, Batch

T = TypeVar("T")
ANSWER_S = 10.0
_AGAIN_S = 0.1
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """A topic: its brokers (`host:port,host:port`), its name, and librdkafka's options for both.

    The option `replication` is ours: how many brokers keep a topic that is made.
    """

    brokers: str
    topic: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def replication(self) -> int:
        """How many brokers keep a topic that is made."""
        return int(self.options.get("replication", "1"))

    def settings(self, **own: object) -> dict[str, Any]:
        """Return a client's settings; the address's options win over our own."""
        options = {name: value for name, value in self.options.items() if name != "replication"}
        dotted = {name.replace("_", "."): value for name, value in own.items()}
        ours = {"bootstrap.servers": self.brokers, "error_cb": _note, "logger": _LOG}
        ours["socket.timeout.ms"] = round(ANSWER_S * 1000)
        return {**ours, **dotted, **options}


def confluent() -> Any:
    """Return the client library.

    Raises:
        NotReadyError: it is not installed.
    """
    try:
        import confluent_kafka
    except ImportError as error:
        raise NotReadyError(
            "confluent-kafka is not installed", hint="pip install 'evenhand[kafka]'"
        ) from error
    return confluent_kafka


def answer(ask: Callable[[], T], what: str) -> T:
    """Return what Kafka says, asking again while a broker starts or a partition is handed over.

    Raises:
        LogError: there was no answer in time.
    """
    deadline, pause = time.monotonic() + ANSWER_S, threading.Event()
    while True:
        try:
            return ask()
        except confluent().KafkaException as error:
            if time.monotonic() > deadline:
                raise LogError(f"Kafka does not say {what}: {error}") from error
        pause.wait(_AGAIN_S)


def batch_of(messages: Sequence[Any]) -> Batch:
    """Return messages without errors as columns; a sender's timestamp is no append instant."""
    batch = Batch()
    add_messages(batch, messages)
    return batch


def add_messages(batch: Batch, messages: Sequence[Any]) -> None:
    """Append messages without errors to a batch, column by column."""
    message, by_broker = confluent().Message, confluent().TIMESTAMP_LOG_APPEND_TIME
    batch.partition.extend(map(message.partition, messages))
    batch.offset.extend(map(message.offset, messages))
    values, keys = list(map(message.value, messages)), list(map(message.key, messages))
    batch.value.extend(values if None not in values else (value or b"" for value in values))
    try:
        batch.key.extend(list(map(bytes.decode, keys)))
    except (TypeError, UnicodeDecodeError):  # one has none, or one that is no text
        batch.key.extend((key or b"").decode(errors="replace") for key in keys)
    batch.appended_us.extend(
        at_ms * 1_000 if kind == by_broker else UNSTAMPED
        for kind, at_ms in map(message.timestamp, messages)
    )


def _note(error: Any) -> None:
    """Say what goes on in the background; the client mends it by itself or a call fails."""
    _LOG.warning("Kafka: %s", error)
