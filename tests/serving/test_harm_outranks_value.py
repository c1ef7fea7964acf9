"""A self-exclusion from the log to every answer: real log, worker, store, registry and service."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

import httpx
import numpy as np
import pytest

from core.clock import SystemClock
from core.events.envelope import Event
from core.events.fact import Fact
from core.events.families.payment import DepositApproved
from core.events.families.player import (
    PlayerExclusionEnded,
    PlayerLoggedIn,
    PlayerRegistered,
    PlayerSelfExcluded,
)
from core.ids import uuid7
from core.settings import Settings, settings_from
from features.online import OnlineRows
from features.state_store import StateStore
from features.store import apply
from models.spec import services
from pipelines.stream.feed import entry_of
from pipelines.stream.opening import Parts, make_worker, opened, refuse_unbuilt
from pipelines.stream.settings import stream_settings
from pipelines.stream.worker import Worker
from serving.engine import lane
from serving.feast_reader import FeastReader
from serving.http import Door
from serving.wire import open_worker
from tests.serving.conftest import Caller
from tests.serving.test_real_service import LISTED, promote, register

NEUTRAL = b'{"player_id":"%b","suppressed":true,"code":"suppressed"}'
DEPOSITS = "deposit_count_24h"


@dataclass
class House:
    """The operator's side (log, worker) and the caller's (service)."""

    parts: Parts
    worker: Worker
    door: Door
    settings: Settings
    numbers: Iterator[int] = field(default_factory=count)

    def happens(self, player: str, *facts: Fact) -> datetime:
        """Append facts that become known now; return when."""
        now = SystemClock().now()
        events = [
            Event(
                id=uuid7(now, next(self.numbers)), source="op/brand/test", subject=player,
                time=now - timedelta(seconds=1), recorded=now, fact=fact,
            ) for fact in facts
        ]  # fmt: skip
        self.parts.log.append([entry_of(event, "EUR") for event in events])
        return now

    def read_log(self) -> None:
        """Let the worker step until the log is read, then flush."""
        self.worker.step()
        while not self.worker.is_caught_up():
            self.worker.step()
        self.worker.flush()

    def get(self, key: str, player: str, tag: str = "", **query: str) -> httpx.Response:
        headers = {"X-API-Key": key, "If-None-Match": tag}
        url = f"/v1/players/{player}/scores"
        return Caller(self.door).ask("GET", url, params=query, headers=headers)

    def post(self, key: str, *players: str, **wishes: object) -> httpx.Response:
        body = {"player_ids": list(players), **wishes}
        return Caller(self.door).ask("POST", "/v1/scores", json=body, headers={"X-API-Key": key})

    def features(self, player: str) -> OnlineRows:
        return FeastReader(self.settings).read([player])

    def deposits(self, player: str) -> float:
        rows = self.features(player)
        return float(rows.values[0, rows.names.index(DEPOSITS)])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Views applied and tiny models registered; nothing landed, nothing streamed."""
    home = tmp_path_factory.mktemp("live_house")
    settings = settings_from({"EVENHAND_HOME": str(home)})
    apply(settings, services())
    told = {"churn_30d": 0.1, "fraud_72h": 0.02, "harm_90d": 0.05, "ltv_180d": 5000.0}
    for name, score in told.items():
        register(settings, name, 1, score)
        promote(settings, name, 1)
    return home


@pytest.fixture(scope="module")
def house(home: Path) -> Iterator[House]:
    environment = pytest.MonkeyPatch()
    environment.setenv("EVENHAND_HOME", str(home))
    environment.setenv("EVENHAND_API_KEYS", LISTED)
    environment.setenv("EVENHAND_DEADLINE_SECONDS", "4")
    with opened(stream_settings(), 2) as parts:
        refuse_unbuilt(parts)
        worker = make_worker(parts)
        worker.open()
        held = open_worker()
        made = House(parts, worker, Door(held.desk), settings_from())
        yield made
        held.close()
        worker.leave()
    environment.undo()


def newcomer(house: House, player: str) -> str:
    """Let a player come who is scored and allowed."""
    register_fact = PlayerRegistered(jurisdiction="MT", country="MT", currency="EUR")
    house.happens(player, register_fact, PlayerLoggedIn())
    house.read_log()
    assert house.get("crm", player).json()["code"] == "allowed"
    return player


def deposit(number: int = 1) -> DepositApproved:
    return DepositApproved(
        payment_id=f"pay-{number}", amount_minor=5_000, currency="EUR", exchange_rate_e6=1_000_000
    )


EXCLUSION = PlayerSelfExcluded(scope="operator")


def suppressed_everywhere(house: House, player: str) -> None:
    """Check every door, every scope, every wish."""
    neutral = NEUTRAL % player.encode()
    for wish in ({}, {"explain": "true"}, {"models": "churn_30d"}, {"models": "ltv_180d"}):
        assert house.get("crm", player, **wish).content == neutral
    batch = house.post("crm", player, explain=True)
    assert batch.content == b'{"scores":[' + neutral + b'],"unknown":[]}'
    risk = [house.get("risk", player).json(), *house.post("risk", player).json()["scores"]]
    for told in risk:
        assert told["rules"] == ["self_excluded"]
        assert not [name for name in told if name.startswith(("churn", "ltv"))]


def test_a_self_exclusion_reaches_every_answer_with_the_next_flush(house: House) -> None:
    player = newcomer(house, "excluded-soon")
    before, answer = house.deposits(player), house.get("crm", player)
    house.happens(player, deposit())
    house.read_log()
    assert house.deposits(player) == before + 1
    assert house.get("risk", player).json()["rules"] == []
    house.happens(player, EXCLUSION)
    assert house.get("crm", player).json()["code"] == "allowed"  # nobody has read it yet

    house.worker.step()
    house.worker.flush()

    suppressed_everywhere(house, player)
    cached = house.get("crm", player, tag=answer.headers["etag"])
    assert (cached.status_code, cached.content) == (200, NEUTRAL % player.encode())


def test_a_confirmed_return_opens_the_door_again(house: House) -> None:
    player = newcomer(house, "returns")
    house.happens(player, EXCLUSION)
    house.read_log()
    suppressed_everywhere(house, player)

    house.happens(player, PlayerExclusionEnded(scope="operator"))
    house.read_log()

    assert house.get("crm", player).json()["code"] == "allowed"


def test_an_answer_of_the_same_scores_is_not_sent_again_though_its_instant_moved(
    house: House,
) -> None:
    player = newcomer(house, "cached")
    first, second = house.get("crm", player), house.get("crm", player)
    assert first.json()["features_as_of"] < second.json()["features_as_of"]

    again = house.get("crm", player, tag=first.headers["etag"])

    assert first.headers["etag"].startswith('W/"')
    assert (again.status_code, again.content) == (304, b"")


def test_an_answer_tells_from_when_on_an_event_is_in_it(house: House) -> None:
    player = newcomer(house, "waits")
    before = house.get("crm", player)
    sent = f"{house.happens(player, deposit()):%Y-%m-%dT%H:%M:%S.%fZ}"
    assert house.get("crm", player).json()["facts_known_until"] < sent

    house.read_log()

    after = house.get("crm", player, tag=before.headers["etag"])
    assert after.status_code == 200  # who waits for his event is not told "not modified"
    assert after.json()["facts_known_until"] == sent


def test_scores_remembered_for_a_slow_day_do_not_outlive_the_exclusion(house: House) -> None:
    player, desk = newcomer(house, "remembered"), cast("Any", house.door.desk)
    engine, may_go_on = desk.engine, threading.Event()
    slow = replace(engine, single=lane(engine.single.scorer, 0.2, "slow"))
    slow.single.thread.submit(may_go_on.wait, 60)
    hurried = replace(house, door=Door(replace(desk, engine=slow)))
    assert hurried.get("crm", player).json()["code"] == "allowed"
    assert hurried.get("crm", player).json()["stale"] is True

    house.happens(player, EXCLUSION)
    house.read_log()
    told = [hurried.get(key, player) for key in ("crm", "risk")]
    may_go_on.set()
    slow.single.thread.shutdown()

    assert told[0].content == NEUTRAL % player.encode()
    assert told[1].status_code == 503  # the risk desk's scores were never remembered


@dataclass
class Watched:
    """A genuine store; `look` is called before and after every step that changes it."""

    inner: StateStore
    look: Callable[[str], None]

    def __getattr__(self, name: str) -> object:
        found = getattr(self.inner, name)
        if name not in {"add_holds", "add_links", "write", "beat"}:
            return found

        def do(*given: object) -> object:
            self.look(f"before {name}")
            done = found(*given)
            self.look(f"after {name}")
            return done

        return do


def test_there_is_no_moment_of_newer_features_with_an_older_rg_state(house: House) -> None:
    player, moments = newcomer(house, "watched"), dict[str, tuple[bool, bool]]()
    known_at = house.happens(player, deposit(7), EXCLUSION, deposit(8), PlayerLoggedIn())
    instant = np.datetime64(known_at.replace(tzinfo=None), "us")

    def look(moment: str) -> None:
        includes = bool(house.features(player).newest_as_of[0] >= instant)
        told = (house.get("crm", player), house.post("crm", player), house.get("risk", player))
        is_open = any('"suppressed":false' in response.text for response in told)
        moments[moment] = (includes, is_open)

    flusher = house.worker.flusher
    watched = Watched(house.parts.store, look)
    house.worker.flusher = replace(flusher, store=cast("StateStore", watched))
    try:
        house.read_log()
    finally:
        house.worker.flusher = flusher

    assert moments["before add_holds"] == (False, True)  # neither knows
    assert moments["after add_holds"] == (False, False)
    assert moments["after write"] == (True, False)
    assert not [moment for moment, seen in moments.items() if seen == (True, True)]
    suppressed_everywhere(house, player)
