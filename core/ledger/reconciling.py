"""A provider's daily report against the ledger: what is missing here, missing there, or differs.

Way: CSV of a provider -> here <- the day's movements -> rows for people. Nothing is changed by it.
The report is kept in memory, a short record a line; the ledger's side streams past it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from pathlib import Path

import msgspec
from sqlalchemy import select
from sqlalchemy.engine import Connection

from core.errors import MoneyError, SourceError
from core.ledger.calls import Result, Status
from core.ledger.rows import Movement
from core.ledger.schema import columns_of, table_of
from core.ledger.units import units, units_of_fraction

PLAYED = ("bet", "win", "rollback", "promotion")
"""Operations a provider knows of."""
DAY_US = 86_400_000_000
SLACK_US = 600_000_000
"""By how much a provider's clock and ours may put a movement on different days."""
_RESULT = msgspec.json.Decoder(Result)
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Columns:
    """What a provider's report calls things; a name of "" is a column it does not have.

    `operations` maps its words to the ledger's, by default ours to themselves. `places` is how many
    decimals an integer amount stands for; None for amounts written with their point.
    """

    transaction_id: str = "transaction_id"
    operation: str = "operation"
    amount: str = "amount"
    currency: str = "currency"
    player: str = "player"
    round_id: str = "round"
    operations: Mapping[str, str] = field(default_factory=lambda: {name: name for name in PLAYED})
    places: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement as both sides tell it.

    `amount` is in ledger units, for a rollback what came back; it and `round_id` are null where a
    side does not say.
    """

    operation: str
    transaction_id: str
    player: str
    currency: str
    amount: int | None
    round_id: str | None


class Kind(StrEnum):
    """How the two sides disagree."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    NEAR_MIDNIGHT = "near_midnight"  # missing there, but may stand in the neighbouring day's report
    DIFFERS = "differs"
    TWICE = "twice"  # the report tells one movement in two lines


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One row for people; `names` are the fields that differ."""

    kind: Kind
    here: Entry | None
    there: Entry | None
    names: tuple[str, ...] = ()


def read_report(path: Path, columns: Columns) -> Iterator[Entry]:
    """Yield the lines of a report.

    Raises:
        SourceError: a column is missing, or a line cannot be read; it names the line.
    """
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        named = (getattr(columns, name.name) for name in fields(Entry))
        missing = {name for name in named if name} - set(reader.fieldnames or ())
        if missing:
            raise SourceError(
                f"{path.name} has no column {', '.join(sorted(missing))}",
                expected=f"some of {', '.join(reader.fieldnames or ())}",
                hint="name its columns with --column ours=theirs",
            )
        for line in reader:
            if None in line or None in line.values():
                raise SourceError(
                    f"{path.name}, line {reader.line_num}: it has too many fields or too few",
                    expected=f"{len(reader.fieldnames or ())} fields",
                )
            yield _told(line, columns, f"{path.name}, line {reader.line_num}")


def entries_of(
    connection: Connection, provider: str, from_us: int, to_us: int
) -> Iterator[tuple[int, Entry]]:
    """Yield a provider's movements of a span with their instants, in order of time."""
    column = table_of(Movement).c
    wanted = (
        select(*(column[name] for name in columns_of(Movement)))
        .where(column.at_us >= from_us, column.at_us < to_us, column.provider == provider)
        .where(column.operation.in_(PLAYED))
        .order_by(column.at_us, column.id)
    )
    for row in connection.execute(wanted).mappings():
        movement = Movement(**row)
        yield movement.at_us, _entry_of(movement)


def reconcile(
    connection: Connection, provider: str, day: date, report: Iterable[Entry]
) -> list[Disagreement]:
    """Compare a report of a day (UTC) with the ledger; an empty list says they agree.

    A movement near midnight may stand in the report of either day.
    """
    from_us = (day - _EPOCH).days * DAY_US
    there, found = dict[tuple[str, str, str], Entry](), list[Disagreement]()
    for entry in report:
        if there.setdefault(_key(entry), entry) is not entry:
            found.append(Disagreement(Kind.TWICE, None, entry))
    unmatched: list[Entry] = []
    to_us = from_us + DAY_US
    for at_us, here in entries_of(connection, provider, from_us - SLACK_US, to_us + SLACK_US):
        told = there.pop(_key(here), None)
        if told is not None:
            found += _compared(here, told)
        elif from_us + SLACK_US <= at_us < to_us - SLACK_US:
            unmatched.append(here)
        elif from_us <= at_us < to_us:
            found.append(Disagreement(Kind.NEAR_MIDNIGHT, here, None))
    return [*found, *_unmatched(unmatched, there)]


def _unmatched(
    here: Iterable[Entry], there: Mapping[tuple[str, str, str], Entry]
) -> Iterator[Disagreement]:
    """Pair what is left by its id alone: the player differs; the rest is missing on a side."""
    left = {(entry.operation, entry.transaction_id): entry for entry in there.values()}
    for entry in here:
        told = left.pop((entry.operation, entry.transaction_id), None)
        if told is None:
            yield Disagreement(Kind.MISSING_THERE, entry, None)
        else:
            yield from _compared(entry, told)
    for entry in left.values():
        yield Disagreement(Kind.MISSING_HERE, None, entry)


def _compared(here: Entry, there: Entry) -> Iterator[Disagreement]:
    names = tuple(
        name.name
        for name in fields(Entry)
        if None not in (pair := (getattr(here, name.name), getattr(there, name.name)))
        and pair[0] != pair[1]
    )
    if names:
        yield Disagreement(Kind.DIFFERS, here, there, names)


def _key(entry: Entry) -> tuple[str, str, str]:
    return entry.operation, entry.transaction_id, entry.player


def _entry_of(movement: Movement) -> Entry:
    amount: int | None = movement.amount
    if movement.operation == "rollback":
        result = _RESULT.decode(movement.result)
        is_unknown = result.status == Status.BET_UNKNOWN  # nobody here knows what it was over
        amount = None if is_unknown else abs(sum(result.moved.values()))
    return Entry(
        movement.operation, movement.transaction_id, movement.player, movement.currency, amount,
        movement.round_id,
    )  # fmt: skip


def _told(line: Mapping[str, str], columns: Columns, place: str) -> Entry:
    word = line[columns.operation]
    operation = columns.operations.get(word)
    if operation is None:
        raise SourceError(
            f"{place}: operation {word!r}",
            expected=f"one of {', '.join(columns.operations)}",
            hint="say what it is with --operation theirs=ours",
        )
    currency, written = line[columns.currency], line[columns.amount] if columns.amount else ""
    try:
        amount = _amount(written, currency, columns.places) if written else None
    except (MoneyError, ValueError) as error:
        raise SourceError(f"{place}: {error}") from error
    round_id = line[columns.round_id] if columns.round_id else None
    return Entry(
        operation, line[columns.transaction_id], line[columns.player], currency, amount, round_id
    )


def _amount(written: str, currency: str, places: int | None) -> int:
    if places is None:
        return units(written, currency)
    return units_of_fraction(int(written), places, currency)
