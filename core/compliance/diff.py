"""What changed between two days of a pack, or between two packs. Way: Pack -> here -> a person.

Rows are met by their id, several of one id by their first day; what changed is told field by
field, by the name the file gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec

from core.compliance.pack import Pack, PackRule

Kind = Literal["added", "removed", "changed"]
_NAMED = ("id", "record")
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One change: of what (`rules[GB-DL-1]`), in which field ("" for the whole), from and to."""

    kind: Kind
    where: str
    field: str = ""
    old: Any = None
    new: Any = None


def between_days(pack: Pack, old: date, new: date) -> list[Change]:
    """Return what of a pack is in force on one local day and not, or not so, on another.

    A rule that stands on both days by different rows is changed; its dates are then no change.
    """
    found = list(_rows(_in_force(pack, old), _in_force(pack, new), ("effective",)))
    return sorted(found, key=lambda change: (change.where, change.field))


def between_packs(old: Pack, new: Pack) -> list[Change]:
    """Return what one pack says otherwise than another, row by row and part by part."""
    twice = _twice(old) | _twice(new)
    found = list(_rows(_whole(old, twice), _whole(new, twice), ()))
    return sorted(found, key=lambda change: (change.where, change.field))


def _in_force(pack: Pack, on: date) -> dict[str, Any]:
    """Return what binds on a day: rules that are on, rates, registers."""
    said = {f"rules[{rule.id}]": msgspec.to_builtins(rule) for rule in pack.in_force(on)}
    for tax in pack.tax:
        rate = tax.rate_on(on)
        if rate is not None:
            said[f"tax[{tax.id}].rate"] = {"percent": rate.percent, "mark": rate.mark}
    for key, register in pack.registers.items():
        if register.effective.covers(on):
            said[f"registers.{key}"] = msgspec.to_builtins(register)
    return said


def _twice(pack: Pack) -> frozenset[str]:
    """Return the ids that several rows bear."""
    ids = Counter(rule.id for rule in pack.rules)
    return frozenset(rule_id for rule_id, rows in ids.items() if rows > 1)


def _whole(pack: Pack, twice: frozenset[str]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name, value in msgspec.to_builtins(pack).items():
        if name == "rules":
            said |= {_row_name(rule, twice): msgspec.to_builtins(rule) for rule in pack.rules}
        elif isinstance(value, list | tuple) and value and isinstance(value[0], dict):
            said |= _named_rows(name, value)
        elif isinstance(value, dict):
            said |= {f"{name}.{key}": one for key, one in value.items()}
        else:
            said[name] = value
    return said


def _row_name(rule: PackRule, twice: frozenset[str]) -> str:
    if rule.id not in twice:
        return f"rules[{rule.id}]"
    return f"rules[{rule.id} from {rule.effective.from_}]"


def _named_rows(name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Name rows by their id, or by what they are of and their place among the like."""
    said: dict[str, Any] = {}
    for row in rows:
        label = next((str(row[key]) for key in _NAMED if key in row), "row")
        where, place = f"{name}[{label}]", 1
        while where in said:
            place += 1
            where = f"{name}[{label} {place}]"
        said[where] = row
    return said


def _rows(
    old: Mapping[str, Any], new: Mapping[str, Any], passed_over: tuple[str, ...]
) -> Iterator[Change]:
    for where in old.keys() - new.keys():
        yield Change("removed", where, old=old[where])
    for where in new.keys() - old.keys():
        yield Change("added", where, new=new[where])
    for where in old.keys() & new.keys():
        for field, before, after in _fields(old[where], new[where]):
            if field.partition(".")[0] not in passed_over:
                yield Change("changed", where, field, before, after)


def _fields(old: Any, new: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield the fields in which two values differ; a field that is not there is null."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            inner = f"{name}.{key}" if name else key
            before, after = old.get(key, _ABSENT), new.get(key, _ABSENT)
            yield from _fields(before, after, inner)
    elif old != new:
        yield name, None if old is _ABSENT else old, None if new is _ABSENT else new
