"""An event log by its address. Way: a setting or an option -> here -> the log it names."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from core.clock import Clock
from core.errors import DeclarationError
from core.log.event_log import EventLog

_FORMS = "sqlite:///path, postgresql://user@host/database or kafka://host:port/topic"


def open_log(url: str, partitions: int | None = None, *, clock: Clock | None = None) -> EventLog:
    """Open the event log at an address; make it with that many partitions if it is not there.

    - `sqlite:///var/events.sqlite` (relative; four slashes for an absolute path)
    - `postgresql://user@host:port/database`
    - `kafka://host:port,host:port/topic`; `?name=value` sets librdkafka's options, such as
      `security.protocol=ssl`, and `replication=3` how many brokers keep a topic made here

    Raises:
        DeclarationError: the address has another form, or the log another number of partitions.
        NotReadyError: nothing is there and `partitions` is None, or a package is missing.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        from core.log.sqlite_log import SqliteLog

        return SqliteLog(Path(parts.path[1:]), partitions, clock=clock)
    if parts.scheme in ("postgresql", "postgres") and parts.netloc:
        from core.log.postgres_log import PostgresLog

        return PostgresLog(url, partitions, clock=clock)
    if parts.scheme == "kafka" and parts.netloc and len(parts.path) > 1:
        from core.log.kafka_client import KafkaAddress
        from core.log.kafka_log import KafkaLog

        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        return KafkaLog(KafkaAddress(parts.netloc, parts.path[1:], options), partitions)
    raise DeclarationError(f"{url!r} is no address of an event log", expected=_FORMS)
