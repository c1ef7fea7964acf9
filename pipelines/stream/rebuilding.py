"""A generation from the beginning, beside the one that answers. Way: log -> here -> store.

Its workers have a consumer group of their own, so those of the old generation go on undisturbed
until the pointer is switched. A generation that answers can be built anew only while it does not:
readers then fall back to what was materialized.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing

import numpy as np
import prometheus_client  # noqa: F401 - before feast, whose import turns counters into files
from rich.console import Console

from core.errors import NotReadyError
from features.sources import open_warehouse
from features.state_store import Heartbeat
from pipelines.stream.decoding import BatchDecoder
from pipelines.stream.dedupe import APPLY, Memory
from pipelines.stream.environment import settled_memory
from pipelines.stream.flushing import micros
from pipelines.stream.metrics import Gauges
from pipelines.stream.opening import NOTHING, Parts, make_worker, opened, stopping_on_signals
from pipelines.stream.rereading import places_of
from pipelines.stream.screen import shown
from pipelines.stream.seeding import Seeding, Told
from pipelines.stream.settings import stream_settings
from pipelines.stream.verbs import run_shown
from pipelines.stream.vouching import begin_holds

_WAIT_S = 10.0


def run_rebuild(*, from_warehouse: bool, then_switch: bool, again: bool) -> None:
    """Build the generation of the declared views, then let it answer."""
    console = Console()
    with opened(stream_settings()) as parts:
        generation = parts.layout.generation
        begin_anew(parts, again=again)
        if from_warehouse:
            with console.status("reading the log's ids") as status:
                players = seed(
                    parts, lambda what, n, of: status.update(f"{what}: {n:,}{of and f' of {of:,}'}")
                )
            console.print(f"{players:,} players from the warehouse")
        if not begin_holds(parts):
            console.print(
                "the log lacks its beginning and nothing has landed: everybody will be "
                "protected; land the facts before it, then rebuild with --from-warehouse"
            )
        mark_begun(parts)
        worker = make_worker(parts)
        with stopping_on_signals(worker), settled_memory(), shown(console) as screen:
            run_shown(worker, screen, Gauges(), until_caught_up=True)
        console.print(screen.line(worker), highlight=False)
        if worker.stop.is_set():
            console.print("stopped before it was whole; `evenhand stream run` goes on, then switch")
        elif then_switch:
            parts.store.switch(generation)
            console.print(f"{generation} answers")


def begin_anew(parts: Parts, *, again: bool) -> None:
    """Forget what there is of the generation, and let its group begin at the log's first entry.

    Raises:
        NotReadyError: it answers and `again` was not said, or workers of it are running.
    """
    store, generation = parts.store, parts.layout.generation
    if store.live_generation() == generation:
        if not again:
            raise NotReadyError(
                f"generation {generation} answers",
                expected="views that have changed since it was built",
                hint="--again builds it anew; until it is whole, readers get what was materialized",
            )
        store.switch(NOTHING)
    _rewind(parts)
    store.drop(generation)
    for folder in (parts.settings.folder / generation, parts.settings.letters(generation),
                   parts.settings.late(generation)):  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)


def _rewind(parts: Parts) -> None:
    """Commit the first offset of every partition.

    Raises:
        NotReadyError: other workers hold partitions.
    """
    every = range(parts.log.partitions)
    with closing(parts.log.reader(parts.group, partitions=every)) as reader:
        reader.poll(1, _WAIT_S)
        if not reader.commit({number: parts.log.bounds(number).first for number in every}):
            raise NotReadyError(
                f"group {parts.group} has not been rewound", expected="no worker of it running",
                hint="stop the workers of this generation first",
            )  # fmt: skip


def mark_begun(parts: Parts) -> None:
    """Say that workers may go on from here: what was to come before the log is in the store."""
    wall = micros(parts.clock.now())
    beats = [
        Heartbeat(number, parts.log.bounds(number).first, 0, wall,
                  parts.log.bounds(number).end, parts.settings.epoch)
        for number in range(parts.log.partitions)
    ]  # fmt: skip
    parts.store.beat(parts.layout.generation, beats)


def seed(parts: Parts, told: Told) -> int:
    """Write states of what the warehouse holds and the log does not; return how many players."""
    warehouse = parts.settings.settings.warehouse
    with open_warehouse(warehouse) as connection:
        seeding = Seeding(connection, parts.layout, parts.store, parts.settings.epoch, told)
        return seeding.seed(ids_applied(parts))


def ids_applied(parts: Parts) -> Iterator[Sequence[bytes]]:
    """Yield the ids of the facts a worker applies when it reads the log from the beginning.

    What is too late for it is not among them, so the warehouse gives it.
    """
    decoder = BatchDecoder(parts.layout, parts.settings.settings.base_currency)
    for number in range(parts.log.partitions):
        memory, bounds = Memory(parts.settings.reach_s * 1_000_000), parts.log.bounds(number)
        for batch in parts.log.read_range(number, bounds.first, bounds.end):
            now_us = micros(parts.clock.now())
            facts = decoder.decode(batch.value, places_of(batch, now_us)).facts
            fresh = memory.judge(facts.recorded, facts.id_high, facts.id_low) == APPLY
            halves = np.column_stack([facts.id_high[fresh], facts.id_low[fresh]])
            text = halves.astype(">u8").tobytes()
            yield [text[at : at + 16] for at in range(0, len(text), 16)]
