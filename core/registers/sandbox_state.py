"""What a sandbox register knows: people, figures, reservations, moods. Way: sandbox app -> here.

In memory alone. A person is known by the details the register is sent, whatever their spelling.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from core.compliance.calendar import Zone
from core.ledger.units import units, units_text
from core.registers.declaration import RegisterDeclaration
from core.registers.identity import person_key, proof
from core.registers.wire import Message, Query, Said, Used, instant_text


class Person(msgspec.Struct, kw_only=True):
    """What is on file of a person; amounts are decimal text, by period. Set by the admin path."""

    subject: dict[str, str]
    listed: bool = False
    until: str | None = None
    since: str | None = None
    limits: dict[str, str] = msgspec.field(default_factory=dict)
    used: dict[str, str] = msgspec.field(default_factory=dict)
    """Used at other operators, as a figure; what is used here comes by queries and messages."""
    busy: bool = False
    free_since: str | None = None


@dataclass(slots=True)
class Reserved:
    """A deposit of ours the limit file counts."""

    amount: int
    at_us: int


@dataclass(slots=True)
class SandboxRegister:
    """One register: its people, and our deposits and visits as it was told of them."""

    declaration: RegisterDeclaration
    people: dict[str, Person] = field(default_factory=dict)
    deposits: dict[str, dict[str, Reserved]] = field(default_factory=dict)
    active: set[str] = field(default_factory=set)
    taken: dict[str, None] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def put(self, person: Person) -> None:
        """Put a person on file in place of what was there of him."""
        self.people[person_key(person.subject)] = person

    def forget(self, subject: Mapping[str, str]) -> None:
        """Take a person off the file."""
        self.people.pop(person_key(subject), None)

    def answered(self, query: Query, now_us: int) -> Said:
        """Answer a query; a limit file reserves what is asked for if it fits."""
        self.counts[query.at] += 1
        key = person_key(query.subject)
        person = self.people.get(key) or Person(subject=query.subject)
        said = Said(
            query_id=query.query_id, proof=proof(query.query_id, query.subject), status="clear",
            since=person.since,
        )  # fmt: skip
        match self.declaration.kind:
            case "exclusion":
                status = "listed" if person.listed else "clear"
                return msgspec.structs.replace(said, status=status, until=person.until)
            case "activity":
                status = "busy" if person.busy else "free"
                return msgspec.structs.replace(said, status=status, since=person.free_since)
        return self._figures(said, person, (key, query), now_us)

    def told(self, message: Message, now_us: int) -> None:
        """Take a message; one taken before changes nothing."""
        if message.message_id in self.taken:
            return
        self.taken[message.message_id] = None
        self.counts[message.kind] += 1
        key = person_key(message.subject)
        match message.kind:
            case "active":
                self.active.add(key)
            case "inactive":
                self.active.discard(key)
            case "confirmed":
                self._confirm(self._deposits(key), message, now_us)
            case "rolled_back":
                self._deposits(key).pop(message.payment_id, None)
            case "limit_set":
                person = self.people.setdefault(key, Person(subject=message.subject))
                person.limits.pop(message.period, None)
                if message.amount:
                    person.limits[message.period] = message.amount

    def _confirm(self, held: dict[str, Reserved], message: Message, now_us: int) -> None:
        """Count what arrived, in the frame it was asked for in."""
        known = held.get(message.payment_id)
        amount = units(message.amount, self.declaration.currency)
        held[message.payment_id] = Reserved(amount, now_us if known is None else known.at_us)

    def _figures(self, said: Said, person: Person, asked: tuple[str, Query], now_us: int) -> Said:
        key, query = asked
        currency, periods = self.declaration.currency, self.declaration.periods
        used = {
            period: self._used(key, person, (period, query.payment_id), now_us)
            for period in periods
        }
        limits = {period: person.limits.get(period) for period in periods}
        if self.declaration.needs_limit and not any(limits.values()):
            return msgspec.structs.replace(said, status="missing")
        if query.amount:
            amount = units(query.amount, currency)
            fits = all(
                limit is None or used[period] + amount <= units(limit, currency)
                for period, limit in limits.items()
            )
            if fits:
                self._deposits(key)[query.payment_id] = Reserved(amount, now_us)
        figures = tuple(
            Used(period=period, used=units_text(used[period], currency), limit=limits[period])
            for period in periods
        )
        return msgspec.structs.replace(said, limits=figures)

    def _used(
        self, key: str, person: Person, asked: tuple[str, str], now_us: int
    ) -> int:  # fmt: skip
        """Return what is used in the frame that runs, without the payment that is asked about."""
        period, payment_id = asked
        frame = Zone(self.declaration.timezone).frame(period, now_us)
        ours = sum(
            one.amount for name, one in self._deposits(key).items()
            if name != payment_id and frame.start_us <= one.at_us < frame.end_us
        )  # fmt: skip
        return ours + units(person.used.get(period, "0"), self.declaration.currency)

    def _deposits(self, key: str) -> dict[str, Reserved]:
        return self.deposits.setdefault(key, {})


def state_of(register: SandboxRegister, now_us: int) -> dict[str, object]:
    """Return what the admin path shows: figures, never a person."""
    return {
        "register": register.declaration.name, "at": instant_text(now_us),
        "people": len(register.people), "active": len(register.active),
        "listed": sum(person.listed for person in register.people.values()),
        "deposits": sorted(name for held in register.deposits.values() for name in held),
        "counts": dict(sorted(register.counts.items())),
    }  # fmt: skip
