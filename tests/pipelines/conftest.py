"""Builders for landing tests: raw Parquet in the contract's columns, rows as dictionaries."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.events.registry import facts
from core.log.event_log import EventLog
from core.log.open_log import open_log
from core.settings import Settings
from features.sources import fact_schema, open_warehouse

NOON = datetime(2025, 3, 1, 12)  # noqa: DTZ001 - warehouse tables hold naive UTC
RawWriter = Callable[..., Path]
Content = Callable[[Path, str], list[tuple[Any, ...]]]

_DEFAULTS: dict[str, Any] = {
    "player_id": "p1",
    "source": "house/test",
    "occurred_at": NOON,
    "recorded_at": NOON + timedelta(seconds=2),
    "currency": "EUR",
    "exchange_rate_e6": 1_000_000,
    "payment_id": "pay-1",
    "amount_minor": 1250,
    "method": "card",
    "vendor_id": "psp",
    "fee_minor": 0,
    "decline_code": "unknown",
    "session_id": "s1",
    "device_type": "mobile",
}


@pytest.fixture(scope="session")
def write_raw() -> RawWriter:
    """Return a function that writes rows of a fact as `<raw>/<fact>/<file>`."""

    def write(
        raw: Path, fact: str, rows: Sequence[dict[str, Any]], file: str = "0.parquet"
    ) -> Path:
        fields = [f.with_nullable(nullable=True) for f in fact_schema(facts()[fact])]
        columns = [
            _column(field, [row.get(field.name, _DEFAULTS.get(field.name)) for row in rows])
            for field in fields
        ]
        path = raw / fact / file
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_arrays(columns, schema=pa.schema(fields)), path)
        return path

    return write


def _column(field: pa.Field, values: list[Any]) -> pa.Array:
    if field.type == pa.uuid():
        ids = [UUID(int=value).bytes if value is not None else None for value in values]
        return pa.ExtensionArray.from_storage(pa.uuid(), pa.array(ids, pa.binary(16)))
    return pa.array(values, field.type)


@pytest.fixture(scope="session")
def content() -> Content:
    """Return a function that reads all landed facts of a kind, sorted."""

    def read(warehouse: Path, fact: str) -> list[tuple[Any, ...]]:
        names = ", ".join(fact_schema(facts()[fact]).names)
        with open_warehouse(warehouse, threads=1) as connection:
            found = connection.execute(f"SELECT {names} FROM {fact} ORDER BY ALL").fetchall()
        return [tuple(row) for row in found]

    return read


@pytest.fixture
def house(tmp_path: Path) -> Settings:
    """Return settings with a home of its own."""
    return Settings(home=tmp_path / "home", mlruns=tmp_path / "mlruns")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    """An empty log of three partitions in a file, `log.sqlite`."""
    made = open_log(f"sqlite:///{tmp_path / 'log.sqlite'}", 3)
    yield made
    made.close()
