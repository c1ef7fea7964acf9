"""What a report is: a declaration, and sheets of texts. Way: known facts -> here -> files.

A report is one file of `pipelines.reporting.reports`. Its cells are texts, so that a file says what
was meant to the last byte; an empty cell says that nothing can be said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

from core.discover import declarations
from core.errors import NotReadyError
from core.money import decimal_text
from pipelines.reporting.known import Known


@dataclass(frozen=True, slots=True)
class Says:
    """What an operator says of himself: taxes that are his, shares taken off (by tax)."""

    applies: tuple[str, ...] = ()
    shares_off: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: the first `keys` columns name a row, so that two versions can be compared."""

    name: str
    columns: tuple[str, ...]
    keys: int
    rows: tuple[tuple[str, ...], ...]
    chart: str = ""
    """The column drawn against the first, "" for none."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report: what it reads, and what it makes of it. `packs` empty means any."""

    name: str
    title: str
    says: str
    reads: tuple[str, ...]
    make: Callable[[Known, Says], list[Sheet]]
    packs: Collection[str] = ()
    has_history: bool = False
    """Whether facts from before the period are read, too."""


@cache
def reports() -> dict[str, Report]:
    """Return every report by its name."""
    from pipelines.reporting import reports as folder

    return {one.name: one for one in declarations(folder, Report)}


def report_named(name: str, pack: str) -> Report:
    """Return a report.

    Raises:
        NotReadyError: there is none of this name, or it is not one of this pack.
    """
    found = reports().get(name)
    if found is None:
        raise NotReadyError(f"a report {name!r}", expected=f"one of {', '.join(reports())}")
    if found.packs and pack not in found.packs:
        raise NotReadyError(f"the report {name} of {pack}", expected=f"of {', '.join(found.packs)}")
    return found


def sheet(
    name: str, columns: Sequence[str], keys: int, rows: Iterable[Iterable[Any]], chart: str = ""
) -> Sheet:
    """Return a sheet of values, written as texts: null as an empty cell."""
    return Sheet(name, tuple(columns), keys, tuple(tuple(map(_text, row)) for row in rows), chart)


def money(known: Known, minor: int | None) -> str:
    """Write an amount of the pack's currency; null as an empty cell."""
    return "" if minor is None else decimal_text(int(minor), known.scope.pack.currency)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        raise TypeError(f"{value!r} in a report: floats have no one text")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
