"""Random facts at awkward instants, written as a landed warehouse."""

import random
import shutil
import typing
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redis

from core.events.registry import facts
from features.measures import Window
from features.sources import fact_schema
from features.spec import FeatureView, SessionView, View

Row = dict[str, object]
Land = Callable[[dict[str, list[Row]]], Path]

ORIGIN = datetime.fromisoformat("2025-03-10")  # naive UTC, as in the warehouse
EPOCH = datetime.fromisoformat("1970-01-01")
AS_OFS = (
    ORIGIN,
    ORIGIN + timedelta(microseconds=1),
    ORIGIN + timedelta(hours=13, minutes=7, seconds=3),
    ORIGIN + timedelta(days=31),
)
PLAYERS = ("ada", "bob")
MICRO = timedelta(microseconds=1)
POOLS: dict[pa.DataType, tuple[object, ...]] = {
    pa.bool_(): (True, False),
    pa.timestamp("us"): (ORIGIN,),
    pa.int64(): (0, 1, 2, 3, 4, 5, 777, 123_457),
    pa.float64(): (0.0, 0.25),
    pa.string(): ("k1", "k2", "k3", "k4"),
}


class FactMaker:
    """Facts of one view's sources around its windows' edges; the seed decides everything."""

    def __init__(self, view: View, seed: int) -> None:
        self.view, self.chance = view, random.Random(seed)
        self.windows = sorted(_windows_of(view), key=lambda w: w.name)
        self.seen: list[datetime] = []

    def world(self, count: int) -> dict[str, list[Row]]:
        made: dict[str, list[Row]] = {source: [] for source in self.view.sources}
        for _ in range(count):
            source = self.chance.choice(self.view.sources)
            made[source].append(self.fact(source, *self.times()))
        return made

    def fact(self, source: str, occurred: datetime, recorded: datetime) -> Row:
        row: Row = {
            "event_id": uuid.UUID(int=self.chance.getrandbits(128), version=4).bytes,
            "player_id": self.chance.choice(PLAYERS),
            "source": "test",
            "occurred_at": min(occurred, recorded),
            "recorded_at": recorded,
        }
        hints = _hints(source)
        for field in fact_schema(facts()[source]):
            if field.name not in row:
                row[field.name] = self.cell(field, hints[field.name])
        return row

    def cell(self, field: pa.Field, hint: object) -> object:
        if field.nullable and self.chance.random() < 0.2:
            return None
        pools = {"exchange_rate_e6": (1_000_000, 853_211, 95_000), "local_hour": tuple(range(24))}
        closed = _literals(hint) or pools.get(field.name) or POOLS[field.type]
        return self.chance.choice(closed)

    def times(self) -> tuple[datetime, datetime]:
        occurred = self.occurred()
        self.seen.append(occurred)
        edge = self.edges(self.chance.choice(AS_OFS), self.window())
        later = [
            occurred,
            occurred + MICRO,
            occurred + timedelta(seconds=5),
            occurred + timedelta(seconds=self.chance.randrange(10 * 86_400)),
            *edge,
            *AS_OFS,
        ]
        return occurred, max(occurred, self.chance.choice(later))

    def occurred(self) -> datetime:
        chance, as_of, window = self.chance, self.chance.choice(AS_OFS), self.window()
        if self.seen and chance.random() < 0.2:
            return chance.choice(self.seen)
        if chance.random() < 0.5:
            return chance.choice(self.edges(as_of, window))
        reach = int((window.length_s or 200 * 86_400) * 1.3) if window else 86_400
        return as_of - timedelta(seconds=chance.randrange(-3_600, reach))

    def window(self) -> Window | None:
        return self.chance.choice(self.windows) if self.windows else None

    def edges(self, as_of: datetime, window: Window | None) -> list[datetime]:
        hop = timedelta(seconds=window.hop_s if window else 60)
        head = as_of - (as_of - EPOCH) % hop
        tail = head - timedelta(seconds=(window.length_s or 0) if window else 0)
        near = [head, tail, as_of]
        return [*near, *(instant - MICRO for instant in near), *(i + MICRO for i in near)]


def _windows_of(view: View) -> set[Window]:
    if isinstance(view, SessionView):
        return set(view.windows)
    features = view.features if isinstance(view, FeatureView) else ()
    return {window for feature in features for window in feature.windows}


@cache
def _hints(source: str) -> dict[str, object]:
    return typing.get_type_hints(facts()[source])


def _literals(hint: object) -> list[object]:
    parts = [hint, *typing.get_args(hint)]
    return [v for p in parts if typing.get_origin(p) is typing.Literal for v in typing.get_args(p)]


@pytest.fixture(scope="session")
def land(tmp_path_factory: pytest.TempPathFactory) -> Land:
    """Write facts as a landed warehouse, replacing what was there."""
    folder = tmp_path_factory.mktemp("landed") / "warehouse"

    def write(world: dict[str, list[Row]]) -> Path:
        shutil.rmtree(folder, ignore_errors=True)
        for name, rows in world.items():
            if rows:
                part = folder / name / "date=2025-03-10"
                part.mkdir(parents=True)
                table = pa.Table.from_pylist(rows, schema=_storage(name))
                pq.write_table(table.cast(fact_schema(facts()[name])), part / "part.parquet")
        return folder

    return write


def _storage(name: str) -> pa.Schema:
    schema = fact_schema(facts()[name])
    return schema.set(0, pa.field("event_id", pa.binary(16), nullable=False))


@pytest.fixture(scope="session")
def fact_maker() -> type[FactMaker]:
    return FactMaker


@pytest.fixture
def states_redis_url(redis_url: str) -> Iterator[str]:
    """A database of the test server that is empty before and after; tests of features only."""
    url = redis_url.rpartition("/")[0] + "/31"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
        yield url
        client.flushdb()
