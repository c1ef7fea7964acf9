"""Land sources into the warehouse. Way: adapters -> here (checks, settle, commit) -> warehouse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.errors import SourceError
from core.events.registry import facts
from core.settings import Settings
from pipelines.landing.adapter import Adapter, Candidates, Intake, Strays
from pipelines.landing.column_map import ColumnMap
from pipelines.landing.commit import WarehouseWriter, writing
from pipelines.landing.counts import Landing, Tally, append_landing
from pipelines.landing.settle import Settling, keep_strays, settle

Progress = Callable[[str, int, int], None]
MEMORY_LIMIT = "2GB"


@dataclass(frozen=True, slots=True)
class Sources:
    """What to land: files or folders, the adapter that reads them, and a column map if any."""

    paths: tuple[Path, ...]
    adapter: Adapter
    column_map: ColumnMap | None = None


def land(sources: Sources, settings: Settings, progress: Progress | None = None) -> Landing:
    """Land all of the sources as one batch: after it, the warehouse holds all of them or nothing.

    `progress` is told the fact, how many facts are done and how many there are.
    """
    missing = [path for path in sources.paths if not path.exists()]
    if missing:
        raise SourceError(
            f"{missing[0]} does not exist",
            expected="a file or a folder to land",
            hint="`evenhand simulate` makes one, or name your own file and its --map",
        )
    with writing(settings.warehouse) as writer, _working_database(writer) as connection:
        intake = Intake(connection, sources.paths, sources.column_map)
        dead_letter = settings.dead_letter / f"{_label(sources.paths)}.jsonl"
        settling = Settling(connection, writer, dead_letter)
        tallies = _settle_all(settling, sources.adapter.candidates(intake), progress)
        manifest = writer.commit()
    names = tuple(path.as_posix() for path in sources.paths)
    landing = Landing(sources.adapter.name, names, manifest.version, tallies)
    append_landing(settings.home / "landings.jsonl", landing)
    return landing


def _settle_all(
    settling: Settling, found: Iterable[Candidates | Strays], progress: Progress | None
) -> tuple[Tally, ...]:
    strays: list[Strays] = []
    by_fact: dict[str, list[str]] = {}
    for one in found:
        if isinstance(one, Strays):
            strays.append(one)
        else:
            by_fact.setdefault(one.fact, []).append(one.sql)
    tallies = []
    for done, (name, selects) in enumerate(sorted(by_fact.items())):
        if progress:
            progress(name, done, len(by_fact))
        tallies.append(settle(settling, facts()[name], selects))
    return (*tallies, *_strays_by_label(settling, strays))


def _strays_by_label(settling: Settling, strays: Sequence[Strays]) -> list[Tally]:
    found: dict[str, Tally] = {}
    for stray in strays:
        tally = keep_strays(settling, stray)
        if tally.read:
            found[stray.label] = tally + found.get(stray.label, Tally(fact=stray.label))
    return list(found.values())


def _working_database(writer: WarehouseWriter) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    spill = (writer.staging / "spill").as_posix().replace("'", "''")
    connection.execute(f"SET temp_directory = '{spill}'")
    return connection


def _label(paths: Sequence[Path]) -> str:
    return "+".join(path.stem for path in paths[:3]) or "none"
