"""Messages of a log between two landings. Way: log reader -> here -> log_land."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.log.event_log import Batch


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `offset` is its place in the partition, `appended_us` as in `Batch`."""

    offset: int
    key: str
    value: bytes
    appended_us: int


@dataclass(slots=True)
class Stretch:
    """A partition's messages from `start` on, without gaps; `next` is the offset after them."""

    start: int
    next: int
    messages: list[Message] = field(default_factory=list)

    def from_offset(self, offset: int) -> list[Message]:
        """Return the messages from an offset on."""
        return [message for message in self.messages if message.offset >= offset]


@dataclass(slots=True)
class HeldMessages:
    """What was read and has not landed, by partition."""

    stretches: dict[int, Stretch] = field(default_factory=dict)
    count: int = 0
    size: int = 0  # bytes of their values

    def begin(self, partition: int, offset: int) -> None:
        """Hold nothing of a partition; its next message is the one at the offset."""
        self.drop([partition])
        self.stretches[partition] = Stretch(offset, offset)

    def drop(self, partitions: Iterable[int]) -> None:
        """Forget partitions: somebody else reads them on."""
        for partition in partitions:
            stretch = self.stretches.pop(partition, None)
            if stretch is not None:
                self.count -= len(stretch.messages)
                self.size -= sum(len(message.value) for message in stretch.messages)

    def add(self, batch: Batch) -> None:
        """Hold what was read of the partitions begun."""
        columns = (batch.partition, batch.offset, batch.key, batch.value, batch.appended_us)
        for partition, offset, key, value, appended_us in zip(*columns, strict=True):
            stretch = self.stretches.get(partition)
            if stretch is not None and offset >= stretch.next:
                stretch.messages.append(Message(offset, key, value, appended_us))
                stretch.next = offset + 1
                self.count += 1
                self.size += len(value)

    def landed(self) -> None:
        """Forget the messages, not the places."""
        for partition, stretch in list(self.stretches.items()):
            self.begin(partition, stretch.next)
