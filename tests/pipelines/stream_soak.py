"""The life of a group of workers on Kafka and Redis. Way: test, benchmark -> here -> figures.

Two share three partitions; a third joins; one is killed with -9 while it waits for the store in the
middle of a flush; the broker is restarted; the rest is read. What the states say afterwards is the
caller's to judge.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache

import redis
from confluent_kafka.admin import AdminClient

from core.log.event_log import Entry
from pipelines.stream.opening import Parts
from tests.pipelines.stream_process import WorkerProcess, workers
from tests.services.kafka_broker import KafkaBroker
from tests.services.server import wait_until

JOINED_S, READ_S = 120.0, 1_200.0
SESSION = {"EVENHAND_STREAM_SESSION": "6"}
"""Six seconds are the shortest session a broker grants by default."""


@dataclass(frozen=True, slots=True)
class Soak:
    """What took place: events read by all workers' last words, seconds from first to last."""

    events: int
    seconds: float
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it takes place: log and store of `parts`, the broker under the log."""

    parts: Parts
    broker: KafkaBroker
    options: tuple[str, ...] = ("--flush-seconds", "0.1", "--flush-events", "2000")
    batch: int = 500

    @property
    def environment(self) -> dict[str, str]:
        """What its workers are told."""
        settings = self.parts.settings
        return SESSION | {
            "EVENHAND_LOG": settings.log,
            "EVENHAND_ONLINE_STORE": settings.states,
            "EVENHAND_STREAM_BATCH": str(self.batch),
        }

    def read(self) -> int:
        """Return how many messages are in the store."""
        beats = self.parts.store.heartbeats(self.parts.layout.generation)
        return sum(beat.offset for beat in beats)

    def holders(self) -> int:
        """Return how many workers hold partitions."""
        found = (
            _admin(self.broker.bootstrap)
            .describe_consumer_groups([self.parts.group])[self.parts.group]
            .result(10)
        )
        return sum(bool(member.assignment.topic_partitions) for member in found.members)

    def blocked(self) -> bool:
        """Say whether a worker waits for the store."""
        with closing(redis.Redis.from_url(self.parts.settings.states)) as client:
            return int(client.info("clients")["blocked_clients"]) > 0


def soak(stage: Stage, entries: Sequence[Entry]) -> Soak:
    """Play it with these entries; return when every one was read and the workers have ended."""
    parts, began = stage.parts, time.monotonic()
    quarter = len(entries) // 4
    parts.log.append(entries[:quarter])
    with workers(parts.settings.home, stage.environment) as start:
        first, second = start(*stage.options), start(*stage.options)
        _until(lambda: stage.holders() == 2, JOINED_S, "two workers share")
        third = start(*stage.options)
        parts.log.append(entries[quarter : 2 * quarter])
        _until(lambda: stage.holders() == 3, JOINED_S, "a third one shares")
        parts.log.append(entries[2 * quarter : 3 * quarter])
        _kill_in_mid_flush(stage, first)
        _until(lambda: stage.holders() == 2, JOINED_S, "its partition went to another")
        stage.broker.stop()
        stage.broker.start()
        parts.log.append(entries[3 * quarter :])
        _until(lambda: stage.read() == _end(parts), READ_S, "all read")
        ended = [worker.terminate() for worker in (second, third)]
        said = tuple(worker.said for worker in (second, third))
        assert ended == [0, 0], said
    return Soak(_end(parts), time.monotonic() - began, said)


@cache
def _admin(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})


def _kill_in_mid_flush(stage: Stage, worker: WorkerProcess) -> None:
    """Hold back the store's writes until a flush waits for it, then end the worker."""
    with closing(redis.Redis.from_url(stage.parts.settings.states)) as client:
        client.client_pause(20_000, all=False)
        _until(stage.blocked, 15.0, "a flush waits for the store")
        worker.kill()
        client.client_unpause()


def _end(parts: Parts) -> int:
    return sum(parts.log.bounds(number).end for number in range(parts.log.partitions))


def _until(holds: Callable[[], bool], within_s: float, what: str) -> None:
    wait_until(holds, within_s, what)
