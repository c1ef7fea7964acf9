"""Land sources into the warehouse. Way: adapters -> here (checks, settle, commit) -> warehouse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.errors import SourceError
from core.events.registry import facts
from core.settings import Settings
from pipelines.landing.adapter import Adapter, Candidates, Found, Intake, Strays
from pipelines.landing.column_map import ColumnMap
from pipelines.landing.commit import writing
from pipelines.landing.counts import Landing, Tally, append_landing
from pipelines.landing.settle import Settling, keep_strays, settle, working_database
from pipelines.landing.unreadable import told

Progress = Callable[[str, int, int], None]


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
    names = tuple(path.as_posix() for path in sources.paths)
    try:
        version, tallies = _land(sources, settings, progress)
    except duckdb.Error as error:
        raise SourceError(
            f"{', '.join(names)} cannot be landed: {told(error)}",
            expected=f"{sources.adapter.reads} ({sources.adapter.name})",
            hint="nothing was landed; mend the source or its map and land it again",
        ) from error
    landing = Landing(sources.adapter.name, names, version, tallies)
    append_landing(settings.home / "landings.jsonl", landing)
    return landing


def _land(
    sources: Sources, settings: Settings, progress: Progress | None
) -> tuple[int, tuple[Tally, ...]]:
    with writing(settings.warehouse) as writer, working_database(writer) as connection:
        dead_letter = settings.dead_letter / f"{_label(sources.paths)}.jsonl"
        currency = settings.base_currency
        intake = Intake(connection, sources.paths, dead_letter, currency, sources.column_map)
        settling = Settling(connection, writer, dead_letter)
        tallies = _settle_all(settling, sources.adapter.candidates(intake), progress)
        return writer.commit().version, tallies


def _settle_all(
    settling: Settling, found: Iterable[Found], progress: Progress | None
) -> tuple[Tally, ...]:
    by_fact: dict[str, list[str]] = {}
    tallies: dict[str, Tally] = {}
    for one in found:
        if isinstance(one, Candidates):
            by_fact.setdefault(one.fact, []).append(one.sql)
        else:
            _add(tallies, keep_strays(settling, one) if isinstance(one, Strays) else one)
    for done, (name, selects) in enumerate(sorted(by_fact.items())):
        if progress:
            progress(name, done, len(by_fact))
        _add(tallies, settle(settling, facts()[name], selects))
    return tuple(tallies[name] for name in sorted(tallies))


def _add(tallies: dict[str, Tally], tally: Tally) -> None:
    if tally.read:
        tallies[tally.fact] = tally + tallies.get(tally.fact, Tally(fact=tally.fact))


def _label(paths: Sequence[Path]) -> str:
    return "+".join(path.stem for path in paths[:3]) or "none"
