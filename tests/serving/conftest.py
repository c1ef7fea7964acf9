"""A house of small fakes behind the real routes: each can be made to fail as its part would."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt
import pytest

from core.decisions import all_rules
from core.errors import NotReadyError
from core.rg_state import RgState
from core.rule import Knowledge
from serving.auth import ApiKey, Scope, digest_of
from serving.champions import Champions
from serving.engine import Engine, lane
from serving.gate import Gate
from serving.http import Desk, Door
from serving.metrics import Metrics
from serving.ports import Floats, Model, Reason, RgStates, StoreDownError
from serving.score import Memory, Scorer

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
MODELS = ("churn_30d", "fraud_72h", "harm_90d", "ltv_180d")
KEYS = {Scope.CRM: "a-crm-key", Scope.RISK: "a-risk-key"}


@dataclass
class Rows:
    names: tuple[str, ...]
    values: Floats
    found: npt.NDArray[np.bool_]
    as_of: npt.NDArray[np.datetime64]
    newest_as_of: npt.NDArray[np.datetime64]


@dataclass
class Reader:
    names: tuple[str, ...] = ("bets", "deposits", "losses")
    players: dict[str, list[float]] = field(default_factory=lambda: {"p": [1.0, 2.0, 3.0]})
    is_down: bool = False
    is_empty: bool = False
    newest: str = "2026-03-01"
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def read(self, player_ids: Sequence[str]) -> Rows:
        self.may_go_on.wait(20)
        if self.is_down:
            raise StoreDownError("the store is down")
        nothing = [float("nan")] * len(self.names)
        return Rows(
            self.names,
            np.array([self.players.get(p, nothing) for p in player_ids]),
            np.array([p in self.players and not self.is_empty for p in player_ids]),
            np.full(len(player_ids), np.datetime64("2026-03-01", "us")),
            np.full(len(player_ids), np.datetime64(self.newest, "us")),
        )

    def is_filled(self) -> bool:
        return not self.is_empty and not self.is_down


@dataclass
class Score:
    name: str
    version: str
    told: float
    feature_names: tuple[str, ...] = ("losses", "bets")

    @property
    def kind(self) -> str:
        return "money" if self.name.startswith("ltv") else "probability"

    def score(self, matrix: Floats, /) -> Floats:
        return np.full(len(matrix), self.told)

    def interval(self, matrix: Floats, /) -> tuple[Floats, Floats] | None:
        if self.kind == "probability":
            return None
        return self.score(matrix) - 111.0, self.score(matrix) + 111.0

    def contributions(self, matrix: Floats, /) -> Floats:
        return np.hstack([matrix, np.zeros((len(matrix), 1))])


@dataclass
class Registry:
    told: dict[str, float]
    versions: dict[str, str] = field(default_factory=lambda: dict.fromkeys(MODELS, "1"))
    features: dict[str, tuple[str, ...]] = field(default_factory=dict)
    is_down: bool = False

    def champions(self) -> dict[str, str]:
        if self.is_down:
            raise NotReadyError("the registry is down")
        return dict(self.versions)

    def load(self, name: str, version: str) -> Model:
        return Score(name, version, self.told[name], self.features.get(name, ("losses", "bets")))


class Explainer:
    def reasons(self, model: Model, row: Floats, contributions: Floats) -> list[Reason]:
        return [
            Reason("markers_of_harm", 3.0, ("Chased losses: 7.",), is_sensitive=True),
            Reason("deposit_behaviour", -1.5, ("Deposits in 7 days: 2.",), is_sensitive=False),
        ]


@dataclass
class States:
    known: dict[str, Knowledge] = field(default_factory=lambda: {"p": Knowledge(RgState(), AS_OF)})

    def look_up(self, player_ids: Sequence[str]) -> dict[str, Knowledge]:
        return {p: self.known.get(p, Knowledge(None, AS_OF)) for p in player_ids}


class Caller:
    """Asks an application over ASGI, one event loop a call."""

    def __init__(self, door: Door) -> None:
        self._transport = httpx.ASGITransport(door.app(), raise_app_exceptions=False)

    def ask(self: Any, method: str, url: str, **wishes: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://x") as client:
                return await client.request(method, url, **wishes)

        return asyncio.run(ask())


@dataclass
class House:
    """The wired service and its parts; `client` asks it over ASGI."""

    reader: Reader
    registry: Registry
    states: RgStates
    caller: Caller
    engine: Engine
    door: Door

    def get(
        self, scope: Scope, player_id: str = "p", tag: str = "", **query: str
    ) -> httpx.Response:
        headers = {"X-API-Key": KEYS[scope], "If-None-Match": tag}
        url = f"/v1/players/{player_id}/scores"
        return self.caller.ask("GET", url, params=query, headers=headers)

    def post(self, scope: Scope, **body: object) -> httpx.Response:
        return self.caller.ask("POST", "/v1/scores", json=body, headers={"X-API-Key": KEYS[scope]})


def build(states: RgStates | None = None, *, deadline_s: float = 10.0) -> House:
    """Wire a house as serving.wire does."""
    reader, metrics = Reader(), Metrics()
    reader.may_go_on.set()
    registry = Registry(
        {"churn_30d": 0.34567, "fraud_72h": 0.45678, "harm_90d": 0.05432, "ltv_180d": 98765.4}
    )
    champions = Champions(registry, reader.names, metrics)
    champions.refresh()
    memory = Memory(100)
    scorer = Scorer(reader, Explainer(), metrics, memory)
    states = States() if states is None else states
    gate = Gate(states, all_rules(), metrics, harm_threshold=0.2)
    single, batch = lane(scorer, deadline_s, "single"), lane(scorer, deadline_s, "batch")
    engine = Engine(champions, single, batch, gate, memory, metrics)
    keys = tuple(ApiKey(scope, digest_of(key)) for scope, key in KEYS.items())
    door = Door(Desk(engine, keys, frozenset(MODELS), "EUR"))
    return House(reader, registry, states, Caller(door), engine, door)


@pytest.fixture
def house() -> Iterator[House]:
    built = build()
    yield built
    built.reader.may_go_on.set()
    built.engine.close()


@pytest.fixture(scope="module", name="build_shared")
def build_shared_house() -> Any:
    yield from _builder()


@pytest.fixture
def build_house() -> Any:
    yield from _builder()


def _builder() -> Any:
    built: list[House] = []

    def make(**wishes: Any) -> House:
        built.append(build(**wishes))
        return built[-1]

    yield make
    for one in built:
        one.reader.may_go_on.set()
        one.engine.close()
