"""The service's reader over players' states: it answers for now, and says when it cannot."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.clock import FixedClock
from core.settings import Settings
from features.compile import TTL
from features.reference import Row
from features.registry import all_views
from features.state.engine import Engine
from features.state.facts import batch_of_rows
from features.state.layout import layout_of
from features.state_store import Heartbeat, open_states
from features.store import apply
from serving.feast_reader import SERVICE, FeastReader
from serving.ports import StoreDownError
from serving.store_file import store_stamp
from tests.services.server import free_port

AT = datetime(2026, 3, 1, tzinfo=UTC)
LAYOUT = layout_of(all_views())
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("live_reader")
    settings = Settings(home=home, mlruns=home / "mlruns")
    apply(settings, {SERVICE: ["tickets"]})
    return settings


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def write_ticket(settings: Settings, at: datetime) -> None:
    """Fold one ticket into player p's state and let the generation answer."""
    fact = Row("ticket_opened", "0190a6e0-0000-7000-8000-000000000001", micros(at), micros(at), {})
    engine, store = Engine(LAYOUT), open_states(settings.states)
    engine.update(batch_of_rows(LAYOUT, [("p", fact)]))
    store.write(LAYOUT.generation, [("p", engine.pack(["p"])[0])])
    store.beat(LAYOUT.generation, [Heartbeat(0, 1, micros(at), micros(at))])
    store.switch(LAYOUT.generation)


def test_states_alone_are_a_store_and_answer_for_the_clock(applied: Settings) -> None:
    for left in applied.feast.glob("online.sqlite*"):
        left.unlink()
    with pytest.raises(StoreDownError, match="no online store"):
        store_stamp(applied)
    write_ticket(applied, AT)
    now = AT + timedelta(minutes=61)

    reader = FeastReader(applied, FixedClock(now))
    rows = reader.read(["p", "q"])

    assert reader.is_filled()
    assert rows.found.tolist() == [True, False]
    assert rows.as_of[0] == np.datetime64(now.replace(tzinfo=None), "us")
    assert rows.newest_as_of[0] == np.datetime64(AT.replace(tzinfo=None), "us")
    value = dict(zip(rows.names, rows.values[0].tolist(), strict=True))
    assert value["ticket_opened_count_30d"] == 1.0
    unfed = FeastReader(applied, FixedClock(AT + TTL + timedelta(seconds=1))).read(["p"])
    assert unfed.found[0]
    assert np.isnan(unfed.values).all()


def test_a_server_that_does_not_answer_is_down_not_empty(applied: Settings) -> None:
    gone = replace(applied, online_store=f"redis://127.0.0.1:{free_port()}/0")

    reader = FeastReader(gone)

    assert not reader.is_filled()
    with pytest.raises(StoreDownError, match="cannot be read: Redis at 127"):
        reader.read(["p"])


def test_states_that_are_no_database_are_down(applied: Settings, tmp_path: Path) -> None:
    home = Settings(home=tmp_path, mlruns=tmp_path / "mlruns")
    apply(home, {SERVICE: ["tickets"]})
    Path(home.states).write_bytes(b"not a database" * 1000)

    with pytest.raises(StoreDownError, match="cannot be used"):
        FeastReader(home).read(["p"])
