"""Which partition a key belongs to, the same in every log. Way: append -> here -> partition."""

from __future__ import annotations

import zlib


def partition_of(key: str, partitions: int) -> int:
    """Return the partition of a key: CRC-32 of its UTF-8, modulo the number of partitions.

    It is librdkafka's `consistent` partitioner, so a log moved from an outbox to Kafka keeps its
    players together in the same partitions.

    >>> partition_of("player-1", 3), partition_of("player-2", 3)
    (0, 1)
    """
    return zlib.crc32(key.encode()) % partitions
