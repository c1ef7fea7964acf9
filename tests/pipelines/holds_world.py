"""Players whose minds change: as events, in a log, in a warehouse. Way: here -> tests of holds."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from core.clock import SystemClock
from core.events.envelope import Event
from core.events.fact import Fact
from core.events.families.player import (
    PlayerBlocked,
    PlayerExclusionEnded,
    PlayerLoggedIn,
    PlayerSelfExcluded,
    PlayerTimedOut,
    PlayerUnblocked,
)
from core.ids import uuid7
from core.log.event_log import Entry
from core.rg_state import RgState
from core.settings import Settings
from features.holds import state_of
from features.sources import open_warehouse
from pipelines.rg_state import held_players
from pipelines.stream.feed import entry_of
from pipelines.stream.opening import Parts, make_worker, opened
from pipelines.stream.settings import Pace
from tests.pipelines.stream_world import stream_of

NOW = SystemClock().now().replace(microsecond=0)
HOUR = timedelta(hours=1)
EXCLUDED, RETURNED = PlayerSelfExcluded(scope="operator"), PlayerExclusionEnded(scope="operator")


FACTS: tuple[Callable[[datetime], Fact], ...] = (
    lambda _: EXCLUDED,
    lambda _: RETURNED,
    lambda at: PlayerTimedOut(until_at=at + HOUR),
    lambda _: PlayerBlocked(reason="kyc"),
    lambda _: PlayerUnblocked(reason="done"),
    lambda _: PlayerLoggedIn(),
    lambda _: PlayerLoggedIn(),
)


def event(player: str, fact: Fact, at: datetime, number: int = 0) -> Event:
    return Event(
        id=uuid7(at, number), source="op/brand/test", subject=player, time=at, recorded=at,
        fact=fact,
    )  # fmt: skip


def entry(player: str, fact: Fact, at: datetime, number: int = 0) -> Entry:
    return entry_of(event(player, fact, at, number), "EUR")


@contextmanager
def house(home: Path, entries: list[Entry], operator: Settings | None = None) -> Iterator[Parts]:
    """A log of these entries and an empty store; the warehouse is the operator's, if any."""
    home.mkdir(exist_ok=True)
    settings = stream_of(Settings(home=home), home, Pace(flush_events=3_000))
    settings = replace(settings, states=settings.settings.states)
    if operator is not None:
        (home / "warehouse").symlink_to(operator.warehouse)
    with opened(settings, 2) as made:
        made.log.append(entries)
        yield made


def work(parts: Parts) -> None:
    make_worker(parts).run(until_caught_up=True)


def told(parts: Parts, player: str) -> RgState:
    (holds,) = parts.store.holds_of(parts.layout.generation, [player])
    return state_of(holds)


def is_whole(parts: Parts) -> bool:
    known = parts.store.know(parts.layout.generation, [])
    assert known is not None
    return known.is_whole


def held_events() -> list[Event]:
    """Some players' changing minds; now and then a sender's clock was ahead when it happened."""
    chance, events = random.Random(4), list[Event]()
    for number in range(160):
        at = NOW - 60 * HOUR + number * timedelta(minutes=20)
        made = event(f"p{chance.randrange(9)}", chance.choice(FACTS)(at), at, number)
        ahead = chance.random() < 0.1
        events.append(replace(made, time=at + 3 * HOUR) if ahead else made)
    return events


def entries_in_disorder() -> list[Entry]:
    """The same events as they reach the log: out of order, some twice, some a day too late."""
    entries = [entry_of(one, "EUR") for one in held_events()]
    entries += random.Random(5).sample(entries, 20)
    random.Random(6).shuffle(entries)
    return entries


def landed(operator: Settings) -> dict[str, RgState]:
    with open_warehouse(operator.warehouse) as connection:
        return dict(held_players(connection))


def same_as_landed(parts: Parts, operator: Settings) -> None:
    expected = landed(operator)
    assert len(expected) > 3
    assert {p: told(parts, p).holds for p in expected} == {p: s.holds for p, s in expected.items()}
