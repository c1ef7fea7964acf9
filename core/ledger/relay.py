"""From the outbox to the event log, nothing lost and nothing twice. Way: ledger -> here -> log.

Rows are told in order of their ids and removed once the log has them. A crash between the two tells
them again, with the same event ids, which every reader drops. Rows of one player are written under
his wallet's lock, so they stand in the order in which they happened; only a row that cannot be told
yet is overtaken by those after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import islice
from uuid import UUID

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.engine import Engine

from core.discover import declarations
from core.errors import EvenhandError
from core.events.codec import encode
from core.events.envelope import Event
from core.events.fact import Fact
from core.ids import RANDOM_BITS, uuid7
from core.ledger import tellers
from core.ledger.rows import Outgoing
from core.ledger.schema import columns_of, table_of
from core.ledger.teller import Body, Teller, Told
from core.log.event_log import Entry, EventLog

SOURCE = "operator/brand/wallet"
NAMED = 1_000
"""Stuck rows named to the database; others are read and skipped."""
_FARTHEST = 2**62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BODY = msgspec.json.Decoder(Body)
Rates = Callable[[str], int]


@cache
def known_tellers() -> Mapping[str, Teller]:
    """Return every declared teller by its kind."""
    return {teller.kind: teller for teller in declarations(tellers, Teller)}


@dataclass(slots=True)
class Relay:
    """Moves the outbox to a log.

    `rates` gives `exchange_rate_e6` of a currency; a row whose fact cannot be made stays where it
    is and does not hold up the others. `stuck` maps its id to the reason, until `retry`.
    """

    engine: Engine
    log: EventLog
    rates: Rates
    base_currency: str
    source: str = SOURCE
    told: int = 0
    stuck: dict[int, str] = field(default_factory=dict)

    def step(self, limit: int = 1_000) -> int:
        """Tell some of what waits; return how many rows were told.

        Raises:
            LogError: the log does not answer; nothing was removed.
        """
        rows = self._waiting(limit)
        entries, done = self._entries(rows)
        if entries:
            self.log.append(entries)
        if done:
            outbox = table_of(Outgoing)
            with self.engine.begin() as connection:
                connection.execute(delete(outbox).where(outbox.c.outgoing_id.in_(done)))
        self.told += len(done)
        return len(done)

    def retry(self) -> None:
        """Forget what could not be told: from now on it is tried again."""
        self.stuck.clear()

    def _waiting(self, limit: int) -> list[Outgoing]:
        """Return rows to tell; of many that are stuck the database is told some, the rest skipped.

        A question has room for so many parameters (PostgreSQL: 65,535).
        """
        named, after = list(islice(self.stuck, NAMED)), -_FARTHEST
        while True:
            rows = self._page(after, named, limit)
            fresh = [row for row in rows if row.outgoing_id not in self.stuck]
            if fresh or len(rows) < limit:
                return fresh
            after = rows[-1].outgoing_id

    def _page(self, after: int, without: Sequence[int], limit: int) -> list[Outgoing]:
        outbox, names = table_of(Outgoing), columns_of(Outgoing)
        wanted = (
            select(*(outbox.c[name] for name in names))
            .where(outbox.c.outgoing_id > after, outbox.c.outgoing_id.not_in(without))
            .order_by(outbox.c.outgoing_id)
        )
        with self.engine.connect() as connection:
            found = connection.execute(wanted.limit(limit)).all()
        return [Outgoing(**dict(zip(names, row, strict=True))) for row in found]

    def _entries(self, rows: Sequence[Outgoing]) -> tuple[list[Entry], list[int]]:
        entries, done = list[Entry](), list[int]()
        for row in rows:
            try:
                lines = [encode(e, base_currency=self.base_currency) for e in self._events(row)]
            except (EvenhandError, msgspec.MsgspecError, KeyError) as error:
                self.stuck[row.outgoing_id] = f"{row.kind}: {error}"
                continue
            entries += [Entry(row.player, line, row.at_us) for line in lines]
            done.append(row.outgoing_id)
        return entries, done

    def _events(self, row: Outgoing) -> Iterator[Event]:
        body = _BODY.decode(row.body)
        told = Told(body, self.rates(body.currency), self.rates)
        for place, fact in enumerate(known_tellers()[row.kind].facts(told)):
            yield event_of(row, place, fact, self.source)


def event_of(row: Outgoing, place: int, fact: Fact, source: str) -> Event:
    """Return the event of the n-th fact of an outbox row; the same whenever it is made."""
    at = _EPOCH + timedelta(microseconds=row.at_us)
    return Event(
        id=event_id(row.player, row.outgoing_id, row.at_us, place), source=source,
        subject=row.player, time=at, recorded=at, fact=fact,
    )  # fmt: skip


def event_id(player: str, number: int, at_us: int, place: int = 0) -> UUID:
    """Return the id of the n-th event of an outbox row; `number` is its movement's, if any.

    Its first 48 bits are the millisecond, so that the movement is found by the event.
    """
    name = f"{len(player)}:{player}{number}:{at_us}:{place}"
    bits = int.from_bytes(sha256(name.encode()).digest()[:16], "big") >> (128 - RANDOM_BITS)
    return uuid7(_EPOCH + timedelta(microseconds=at_us), bits)
