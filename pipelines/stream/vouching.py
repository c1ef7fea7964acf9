"""Whether a generation knows every hold there is. Way: opening, rebuilding -> here -> store.

A generation is vouched for when it is begun: with the log's first entry not yet read, so that the
worker meets every hold in it, and with the holds of the warehouse told, which may be older than the
log. The gate protects everybody while a generation that answers is not vouched for.
"""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from features.manifest import read_manifest
from features.sources import open_warehouse
from pipelines.rg_state import held_players, tell_holds

if TYPE_CHECKING:
    from pipelines.stream.opening import Parts

_WAIT_S = 10.0


def begin_holds(parts: Parts) -> bool:
    """Tell the store the warehouse's holds, and vouch for the generation if its log is all unread.

    Returns whether it is vouched for.

    Raises:
        StateStoreError: the store cannot be written now.
        LogError: the log does not answer.
    """
    warehouse = parts.settings.settings.warehouse
    with open_warehouse(warehouse, threads=2) as connection:
        tell_holds(parts.store, parts.layout.generation, held_players(connection))
    has_landed = bool(read_manifest(warehouse).parts)
    is_whole = _is_unread(parts) and (has_landed or _is_from_the_start(parts))
    if is_whole:
        parts.store.vouch(parts.layout.generation)
    return is_whole


def _is_from_the_start(parts: Parts) -> bool:
    return all(parts.log.bounds(number).first == 0 for number in range(parts.log.partitions))


def _is_unread(parts: Parts) -> bool:
    """Say whether whoever builds the generation begins with the first entry there is."""
    if spark_checkpoint(parts.settings.folder, parts.layout.generation).exists():
        return False
    every = range(parts.log.partitions)
    with closing(parts.log.reader(parts.group, partitions=every)) as reader:
        deadline = time.monotonic() + _WAIT_S
        while len(reader.assigned()) < len(every) and time.monotonic() < deadline:
            reader.poll(1, 0.05)
        done = reader.committed()
    return all(n in done and done[n] <= parts.log.bounds(n).first for n in every)


def spark_checkpoint(folder: Path, generation: str) -> Path:
    """Return where a Spark query of a worker's folder keeps how far it is."""
    return folder / "spark" / generation
