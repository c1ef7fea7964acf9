"""Merge the small files of a month into one. Way: warehouse -> here -> the same facts, fewer files.

The merged file and the disappearance of its parts are one commit, so a fact is never lost nor seen
twice, whenever the power fails. Files of before a column came are written anew with the column.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.errors import SourceError
from core.events.registry import facts
from features.manifest import Part
from features.sources import columns_digest, facts_in
from pipelines.landing.commit import WarehouseWriter, writing
from pipelines.landing.settle import ORDER, working_database, write_sorted


@dataclass(frozen=True, slots=True)
class Compaction:
    """What compaction did: files before and after, and how many facts were rewritten."""

    files_before: int
    files_after: int
    facts_rewritten: int


def compact(warehouse: Path) -> Compaction:
    """Leave one file of today's columns per fact and month, and nothing that reads differently."""
    with writing(warehouse) as writer, working_database(writer) as connection:
        before = _file_count(writer)
        rewritten = sum(
            _merge(writer, connection, fact, folder)
            for fact in sorted(writer.manifest.parts)
            if fact in facts()
            for folder in _scattered(writer, fact)
        )
        writer.commit()
        return Compaction(before, _file_count(writer), rewritten)


def _file_count(writer: WarehouseWriter) -> int:
    return sum(len(parts) for parts in writer.manifest.parts.values())


def _scattered(writer: WarehouseWriter, fact: str) -> list[str]:
    """Return the folders of a fact with several files, or with one of older columns."""
    digest = columns_digest(facts()[fact])
    ages: defaultdict[str, list[str]] = defaultdict(list)
    for path, part in writer.manifest.parts[fact].items():
        ages[Path(path).parent.as_posix()].append(part.columns)
    return sorted(folder for folder, found in ages.items() if found != [digest])


def _merge(
    writer: WarehouseWriter, connection: duckdb.DuckDBPyConnection, fact: str, folder: str
) -> int:
    parts = {
        path: part
        for path, part in writer.manifest.parts[fact].items()
        if Path(path).parent.as_posix() == folder
    }
    files = {writer.warehouse / fact / path: part.columns for path, part in parts.items()}
    select = f"{facts_in(facts()[fact], files)} ORDER BY {ORDER}"
    rows = write_sorted(connection, select, writer.staged(fact, folder).as_posix())
    expected = sum(part.rows for part in parts.values())
    if rows != expected:
        raise SourceError(
            f"{fact}/{folder} holds {rows} facts",
            expected=f"{expected}, as landed",
            hint="a file was changed by hand; restore it",
        )
    writer.add(fact, folder, Part(rows, columns_digest(facts()[fact])))
    for path in parts:
        writer.remove(fact, path)
    return rows
