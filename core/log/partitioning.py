"""Which partition a key belongs to, and how many there are. Way: append -> here -> partition."""

from __future__ import annotations

import zlib

from core.errors import DeclarationError, NotReadyError


def partition_of(key: str, partitions: int) -> int:
    """Return the partition of a key: CRC-32 of its UTF-8, modulo the number of partitions.

    It is librdkafka's `consistent` partitioner, so a log moved from an outbox to Kafka keeps its
    players together in the same partitions.

    >>> partition_of("player-1", 3), partition_of("player-2", 3)
    (0, 1)
    """
    return zlib.crc32(key.encode()) % partitions


def agreed(found: int, asked: int | None, where: str) -> int:
    """Return the number of partitions found, when it is the one asked for.

    Raises:
        NotReadyError: there is no log.
        DeclarationError: the log has another number of partitions.
    """
    if found == 0:
        raise NotReadyError(f"no event log at {where}", hint="make it by naming its partitions")
    if asked not in (None, found):
        raise DeclarationError(
            f"the event log at {where} has {found} partitions",
            expected=f"{asked}",
            hint="the number is fixed for a log's life; a new number needs a new log",
        )
    return found
