"""What a worker is told. Way: environment, options -> here -> worker.

| setting | meaning |
| --- | --- |
| EVENHAND_LOG | address of the event log (core.log.open_log); SQLite in the home |
| EVENHAND_ONLINE_STORE | redis://... for players' states; SQLite beside Feast's by default |
| EVENHAND_STREAM_GROUP | name of the consumer group; the generation is added to it |
| EVENHAND_STREAM_REACH | seconds of known time within which duplicates are recognised |
| EVENHAND_STREAM_EPOCH | raised by one whenever the log's partitions are dealt anew |
| EVENHAND_STREAM_BATCH | events polled at a time |
| EVENHAND_STREAM_SESSION | seconds after which a silent worker's partitions go to another |
| EVENHAND_STREAM_CHECK_SECONDS | between checks of a sample with the warehouse; 0 is never |
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import DeclarationError
from core.settings import Settings, settings_from

REACH_S = 86_400


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is done at a time.

    Events polled at once, and seconds a poll waits for any; seconds between two flushes, with which
    states can be read (a worker that is behind leaves them out); a flush and a commit after so many
    events or seconds, whichever comes first; players kept in memory; seconds between snapshots of
    the dedupe memory.
    """

    batch: int = 5_000
    flush_events: int = 50_000
    flush_seconds: float = 0.02
    commit_seconds: float = 1.0
    resident: int = 200_000
    snapshot_seconds: float = 60.0
    poll_seconds: float = 0.2

    def __post_init__(self) -> None:
        low = [name for name in self.__slots__ if getattr(self, name) <= 0]
        if low:
            raise DeclarationError(f"{', '.join(low)} of the worker", expected="above 0")


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """Where the log and the states are, and how a worker goes about them."""

    settings: Settings
    log: str
    states: str
    group: str = "evenhand"
    reach_s: int = REACH_S
    epoch: int = 1
    check_s: int = 0
    session_s: int = 30
    pace: Pace = Pace()

    @property
    def home(self) -> Path:
        """The operator's folder."""
        return self.settings.home

    @property
    def folder(self) -> Path:
        """What workers of this machine keep for themselves: snapshots, letters, late facts."""
        return self.home / "stream"

    @property
    def alerts(self) -> Path:
        """Where alerts are appended."""
        return self.home / "alerts.jsonl"

    def letters(self, generation: str) -> Path:
        """Where messages nobody can read are kept, a file per partition."""
        return self.settings.dead_letter / "stream" / generation

    def late(self, generation: str) -> Path:
        """Where facts that came too late are kept, a file per partition."""
        return self.settings.dead_letter / "too_late" / generation

    def group_of(self, generation: str) -> str:
        """Return the consumer group that builds a generation."""
        return f"{self.group}-{generation}"


def stream_settings(environ: Mapping[str, str] | None = None) -> StreamSettings:
    """Read the settings of the live way.

    Raises:
        DeclarationError: a number is none, or not above 0.
    """
    env = os.environ if environ is None else environ
    settings = settings_from(environ)
    home = settings.home
    made = StreamSettings(
        settings,
        log=env.get("EVENHAND_LOG") or f"sqlite:///{home / 'log.sqlite'}",
        states=str(settings.states),
        group=env.get("EVENHAND_STREAM_GROUP", "evenhand"),
    )
    return replace(
        made,
        reach_s=_number(env, "EVENHAND_STREAM_REACH", made.reach_s),
        epoch=_number(env, "EVENHAND_STREAM_EPOCH", made.epoch),
        session_s=_number(env, "EVENHAND_STREAM_SESSION", made.session_s),
        check_s=_number(env, "EVENHAND_STREAM_CHECK_SECONDS", 0, least=0),
        pace=Pace(batch=_number(env, "EVENHAND_STREAM_BATCH", Pace().batch)),
    )


def _number(env: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    text = env.get(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise DeclarationError(f"{name} is {text!r}", expected=f"a whole number from {least} on")
    return int(text)
