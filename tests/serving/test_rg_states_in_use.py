"""Where the gate looks players up: live holds while states are live, else the file."""

import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.clock import FixedClock
from core.rg_state import FOREVER, Hold, HoldKind, RgState
from core.rg_store import write_rg_state
from core.rule import Knowledge
from core.settings import Settings
from features.holds import FOREVER_US
from features.registry import all_views
from features.state.layout import layout_of
from features.state_store import Heartbeat, StateStore, open_states
from serving import rg_states
from serving.rg_states import RgStatesInUse
from tests.services.server import free_port

AT = datetime(2026, 3, 1, tzinfo=UTC)
AT_US = (AT - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
OPEN, EXCLUDED = (
    RgState(),
    RgState({HoldKind.SELF_EXCLUDED: Hold(AT - timedelta(days=1), FOREVER)}, 2),
)
GENERATION = layout_of(all_views()).generation


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home whose file says that p is open."""
    made = Settings(home=tmp_path)
    made.feast.mkdir()
    write_rg_state(made.rg_state, [("p", OPEN)], known_at=AT)
    return made


def in_use(settings: Settings) -> RgStatesInUse:
    return RgStatesInUse(settings, silence_s=60.0, clock=FixedClock(AT))


def stream(settings: Settings, generation: str = GENERATION) -> StateStore:
    """Let a generation answer in which p excluded himself."""
    store = open_states(settings.states)
    blob = struct.pack(">IQ", 0, 1) + b"\1" + struct.pack("<q", AT_US)
    since_us = AT_US - 86_400_000_000
    store.add_holds(generation, [("p", "self_excluded", (since_us, FOREVER_US, None))])
    store.write(generation, [("p", blob)])
    store.beat(generation, [Heartbeat(0, 1, AT_US, AT_US)])
    store.vouch(generation)
    store.switch(generation)
    return store


def test_without_live_states_the_file_answers_and_no_store_is_made(settings: Settings) -> None:
    states = in_use(settings)

    assert states.look_up(["p"]) == {"p": Knowledge(OPEN, AT)}
    assert not Path(settings.states).exists()


def test_live_states_that_come_and_go_are_seen_by_a_reader_that_runs(settings: Settings) -> None:
    states = in_use(settings)
    assert states.look_up(["p"]) == {"p": Knowledge(OPEN, AT)}

    store = stream(settings)
    assert states.look_up(["p", "q"]) == {
        "p": Knowledge(EXCLUDED, AT),
        "q": Knowledge(None, AT),
    }
    store.switch("another one")
    assert states.look_up(["p"]) == {"p": Knowledge(OPEN, AT)}
    store.close()


def test_a_store_that_was_replaced_is_opened_anew(settings: Settings) -> None:
    states, store = in_use(settings), stream(settings)
    assert states.look_up(["p"])["p"].state == EXCLUDED
    store.close()
    old = Path(settings.states).with_name("old")
    Path(settings.states).rename(old)
    for left in old.parent.glob("states.sqlite-*"):
        left.unlink()
    stream(settings).add_holds(GENERATION, [("p", "closed", (1, FOREVER_US, None))])

    state = states.look_up(["p"])["p"].state

    assert state is not None
    assert state.in_force(AT) == (HoldKind.SELF_EXCLUDED, HoldKind.CLOSED)


def broken_file(settings: Settings) -> Settings:
    Path(settings.states).write_bytes(b"not a database" * 1000)
    return settings


def no_server(settings: Settings) -> Settings:
    return replace(settings, online_store=f"redis://127.0.0.1:{free_port()}/0")


def odd_hold(settings: Settings) -> Settings:
    stream(settings).add_holds(GENERATION, [("p", "grounded", (1, None, None))])
    return settings


@pytest.mark.parametrize("fail", [broken_file, no_server, odd_hold])
def test_a_store_that_cannot_be_asked_protects_and_the_file_is_not_asked_instead(
    settings: Settings, fail: Callable[[Settings], Settings]
) -> None:
    known = in_use(fail(settings)).look_up(["p", "q"])

    assert list(known) == ["p", "q"]
    for one in known.values():
        assert (one.state, one.known_at) == (None, None)
        assert one.fault.startswith("live states cannot be read: ")


def test_a_store_that_failed_is_asked_again_after_a_pause(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = in_use(broken_file(settings))
    assert patient.look_up(["p"])["p"].fault
    monkeypatch.setattr(rg_states, "PAUSE_S", 0.0)
    eager = in_use(settings)
    assert eager.look_up(["p"])["p"].fault
    Path(settings.states).unlink()
    stream(settings)

    assert eager.look_up(["p"])["p"].state == EXCLUDED
    assert patient.look_up(["p"])["p"].fault  # within the pause: nobody waits for it again
