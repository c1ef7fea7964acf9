"""A worker put together from settings. Way: verbs, benchmarks, tests -> here -> worker."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from core.clock import Clock, SystemClock
from core.errors import NotReadyError
from core.log.event_log import EventLog
from core.log.open_log import open_log
from features.registry import all_views
from features.state.engine import Engine
from features.state.layout import StateLayout, layout_of
from features.state_store import StateStore, is_redis, open_states
from pipelines.stream.alerts import AlertLog, TriggerHook, declared_triggers
from pipelines.stream.flushing import Flusher
from pipelines.stream.hooks import Trigger
from pipelines.stream.intake import Intake
from pipelines.stream.residents import Residents
from pipelines.stream.settings import StreamSettings
from pipelines.stream.tallies import Tallies
from pipelines.stream.vouching import begin_holds
from pipelines.stream.worker import Worker

NOTHING = "none"
"""A generation nobody builds: while it is live, readers fall back to what was materialized."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The log, the store and the layout of the declared views; close it when done."""

    settings: StreamSettings
    log: EventLog
    store: StateStore
    layout: StateLayout
    clock: Clock

    @property
    def group(self) -> str:
        """The consumer group that builds the layout's generation."""
        return self.settings.group_of(self.layout.generation)

    def close(self) -> None:
        """Close log and store."""
        self.log.close()
        self.store.close()


@contextmanager
def opened(settings: StreamSettings, partitions: int | None = None) -> Iterator[Parts]:
    """Open log and store; with `partitions` the log is made if there is none.

    Raises:
        NotReadyError: there is no log, or a package for it is missing.
    """
    if not is_redis(settings.states):
        Path(settings.states).parent.mkdir(parents=True, exist_ok=True)
    log = open_log(settings.log, partitions)
    parts = Parts(
        settings, log, open_states(settings.states), layout_of(all_views()), SystemClock()
    )
    try:
        yield parts
    finally:
        parts.close()


def make_worker(parts: Parts, triggers: tuple[Trigger, ...] | None = None) -> Worker:
    """Put a worker together, by default with the declared triggers.

    It holds no partition until it runs.
    """
    settings, layout = parts.settings, parts.layout
    if triggers is None:
        triggers = declared_triggers(layout.feature_names)
    tallies = Tallies()
    flusher = Flusher(
        store=parts.store,
        generation=layout.generation,
        epoch=settings.epoch,
        clock=parts.clock,
        residents=Residents(Engine(layout, settings.epoch), parts.store, settings.pace.resident),
        intake=Intake.of(settings, layout, parts.log, tallies),
        alerts=AlertLog(settings.alerts, {t.name: t.again_s * 1_000_000 for t in triggers}),
        tallies=tallies,
    )
    hook = trigger_hook(layout, triggers)
    return Worker(
        parts.log, parts.group, flusher, hook, settings.pace, parts.clock, settings.session_s
    )


def trigger_hook(layout: StateLayout, triggers: tuple[Trigger, ...]) -> TriggerHook:
    """Return the hook of triggers: what they read, and which facts can raise it."""
    features = tuple(dict.fromkeys(trigger.feature for trigger in triggers))
    view_of = {f.name: view for view in layout.views for f in getattr(view, "features", ())}
    sources = {name for feature in features for name in view_of[feature].sources}
    kinds = frozenset(layout.facts[name].number for name in sources)
    return TriggerHook(triggers, {name: place for place, name in enumerate(features)}, kinds)


def refuse_unbuilt(parts: Parts) -> None:
    """Let a worker begin a first generation or go on with one; refuse to begin one beside another.

    The first generation of a store answers from the start: nothing else is there to answer. The
    gate believes it if every hold is met on the way (`vouching`).

    Raises:
        NotReadyError: another generation answers and nobody has built this one.
    """
    store, generation = parts.store, parts.layout.generation
    live = store.live_generation()
    if live is None:
        begin_holds(parts)
        store.switch(generation)
    elif live != generation and not store.heartbeats(generation):
        raise NotReadyError(
            f"generation {live} answers, the views as declared are generation {generation}",
            expected="a generation built from the whole log",
            hint="run `evenhand stream rebuild`: it builds the new one beside the old and switches",
        )


@contextmanager
def stopping_on_signals(worker: Worker) -> Iterator[None]:
    """Let SIGTERM and SIGINT end the worker after a last flush; a second one ends it at once."""

    def stop(number: int, _: FrameType | None) -> None:
        if worker.stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        worker.stop.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
