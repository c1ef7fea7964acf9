"""Whether a record is due: pure. Way: packs, classes, dates -> here -> plan, run.

All claims on all of a record's classes are asked; the last of their ends counts. What is unknown
keeps: a term without years, an instant nobody knows. A legal hold keeps whatever the claims say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.compliance.calendar import Zone
from core.compliance.pack import Pack
from core.compliance.parts import KeptSince, RecordClass, Retention
from core.retention.terms import due_us

Dates = Mapping[KeptSince, int | None]
_UNKNOWN: dict[KeptSince, str] = {
    "record": "the record's instant is not known",
    "relationship_end": "the relationship has not ended",
    "expiry": "its expiry is not known",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """When a record is due (null: not by what is known), and which claim or reason says so."""

    due_us: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Claims:
    """All claims on a record's classes; `unknown` names classes whose length nobody named."""

    known: tuple[Retention, ...]
    unknown: tuple[RecordClass, ...]


def claims_of(pack: Pack, classes: Iterable[RecordClass]) -> Claims:
    """Return the claims of a pack on some classes of record.

    A class is unknown where no claim on it has years, or none is made at all.
    """
    wanted = tuple(classes)
    known = tuple(one for one in pack.retention if one.record in wanted and one.years is not None)
    return Claims(known, tuple(name for name in wanted if pack.kept(name) is None))


def outcome(claims: Claims, dates: Dates, zone: Zone, *, is_held: bool = False) -> Outcome:
    """Say when a record is due."""
    if is_held:
        return Outcome(None, "legal hold")
    if claims.unknown:
        return Outcome(None, f"no term is known for {', '.join(claims.unknown)}")
    ends = []
    for one in claims.known:
        since_us = dates.get(one.since)
        if since_us is None:
            return Outcome(None, _UNKNOWN[one.since])
        ends.append((due_us(zone, since_us, one.years or 0), claim_words(one)))
    if not ends:
        return Outcome(None, "nobody claims any term")
    return Outcome(*max(ends))


def claim_words(one: Retention) -> str:
    """Return a claim in words.

    >>> claim_words(Retention(record="play", years=10, since="record", mark="P", source=("NJ2",)))
    'play 10 years from record (P: NJ2)'
    """
    source = ", ".join(one.source) or "no source"
    return (
        f"{one.record} {one.years} years from {one.since.replace('_', ' ')} ({one.mark}: {source})"
    )
