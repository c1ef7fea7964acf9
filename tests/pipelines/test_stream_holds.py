"""What holds a player, from the log and the warehouse to the store: nothing is lost."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.events.codec import encode
from core.events.fact import Fact
from core.events.families.player import (
    PlayerBlocked,
    PlayerClosed,
    PlayerLoggedIn,
    PlayerProtected,
    PlayerSelfExcluded,
    PlayerTimedOut,
)
from core.rg_state import HoldKind
from core.settings import Settings
from features.sqlite_states import SqliteStates
from pipelines.landing.adapter import adapter_named
from pipelines.landing.land import Sources, land
from pipelines.rg_state import build_rg_state
from pipelines.stream.opening import make_worker, refuse_unbuilt
from pipelines.stream.rebuilding import begin_anew, mark_begun, seed
from pipelines.stream.vouching import begin_holds, spark_checkpoint
from tests.pipelines.holds_world import (
    EXCLUDED,
    HOUR,
    NOW,
    RETURNED,
    entries_in_disorder,
    entry,
    held_events,
    house,
    is_whole,
    landed,
    same_as_landed,
    told,
    work,
)


@pytest.fixture(scope="module")
def held_operator(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse of those events; never write into it."""
    settings = Settings(home=tmp_path_factory.mktemp("held_operator"))
    settings.raw.mkdir()
    lines = [encode(one, base_currency="EUR") for one in held_events()]
    (settings.raw / "events.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    land(Sources((settings.raw,), adapter_named("events_ndjson")), settings)
    return settings


# From the log


def test_the_log_tells_of_the_holds_the_warehouse_tells_of(
    held_operator: Settings, tmp_path: Path
) -> None:
    with house(tmp_path, entries_in_disorder()) as parts:
        refuse_unbuilt(parts)
        work(parts)

        same_as_landed(parts, held_operator)
        assert is_whole(parts)


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        (EXCLUDED, HoldKind.SELF_EXCLUDED),
        (PlayerSelfExcluded(scope="register", register="r"), HoldKind.REGISTER_EXCLUDED),
        (PlayerTimedOut(until_at=NOW + HOUR), HoldKind.TIMED_OUT),
        (PlayerProtected(rule="GB-CI-2"), HoldKind.PROTECTED),
        (PlayerBlocked(reason="kyc"), HoldKind.BLOCKED),
        (PlayerClosed(reason="moved"), HoldKind.CLOSED),
        (PlayerClosed(reason="moved \\ gone"), HoldKind.CLOSED),
    ],
)
def test_every_fact_that_holds_is_met_whether_or_not_a_view_reads_it(
    fact: Fact, kind: HoldKind, tmp_path: Path
) -> None:
    with house(tmp_path, [entry("ada", fact, NOW - HOUR)]) as parts:
        work(parts)

        assert told(parts, "ada").in_force(NOW) == (kind,)


def test_a_hold_that_comes_too_late_for_features_still_holds(tmp_path: Path) -> None:
    entries = [entry("ada", PlayerLoggedIn(), NOW), entry("ada", EXCLUDED, NOW - 900 * HOUR)]
    with house(tmp_path, entries) as parts:
        worker = make_worker(parts)
        worker.run(until_caught_up=True)

        assert worker.tallies.late == 1
        assert told(parts, "ada").name(NOW) == "self_excluded"


def test_a_copy_of_an_old_exclusion_does_not_undo_the_return(tmp_path: Path) -> None:
    out, back = entry("ada", EXCLUDED, NOW - 2 * HOUR), entry("ada", RETURNED, NOW - HOUR)
    with house(tmp_path, [out, back, out]) as parts:
        work(parts)

        assert told(parts, "ada").name(NOW) == "open"


@pytest.mark.parametrize(("fact", "name"), [(EXCLUDED, "self_excluded"), (RETURNED, "open")])
def test_of_a_sender_whose_clock_is_ahead_a_hold_counts_and_a_lift_does_not(
    fact: Fact, name: str, tmp_path: Path
) -> None:
    ahead = NOW + 900 * HOUR  # NOW is when the tests were collected, the append may be hours later
    with house(tmp_path, [entry("ada", fact, ahead)]) as parts:
        worker = make_worker(parts)
        worker.run(until_caught_up=True)

        assert worker.tallies.poison == 1
        assert told(parts, "ada").name(NOW) == name
        assert told(parts, "ada").version == (0 if name == "open" else 2)


def test_a_type_written_in_another_way_is_the_same_type(tmp_path: Path) -> None:
    closed = entry("ada", PlayerClosed(reason="moved"), NOW - HOUR)
    odd = closed.value.replace(b"player_closed", rb"player\u005fclosed")
    assert odd != closed.value
    with house(tmp_path, [replace(closed, value=odd)]) as parts:
        work(parts)

        assert told(parts, "ada").name(NOW) == "closed"


# From the warehouse, and who vouches


def test_the_first_start_takes_the_warehouses_holds_along(
    held_operator: Settings, tmp_path: Path
) -> None:
    with house(tmp_path, [], held_operator) as parts:
        refuse_unbuilt(parts)

        same_as_landed(parts, held_operator)
        assert is_whole(parts)


def test_a_generation_built_anew_takes_them_along_too(
    held_operator: Settings, tmp_path: Path
) -> None:
    with house(tmp_path, entries_in_disorder()[100:], held_operator) as parts:
        refuse_unbuilt(parts)
        work(parts)
        begin_anew(parts, again=True)
        assert told(parts, next(iter(landed(held_operator)))).holds == {}
        seed(parts, lambda *_: None)
        assert begin_holds(parts)
        mark_begun(parts)
        work(parts)
        parts.store.switch(parts.layout.generation)

        same_as_landed(parts, held_operator)
        assert is_whole(parts)


def test_nobody_vouches_for_a_store_whose_log_is_half_read(tmp_path: Path) -> None:
    """The store was lost, its group's offsets were not: what came before stays unknown."""
    with house(tmp_path, [entry("ada", EXCLUDED, NOW - HOUR)]) as parts:
        refuse_unbuilt(parts)
        work(parts)
        lost = replace(parts, store=SqliteStates(tmp_path / "another.sqlite"))
        lost.log.append([entry("ada", PlayerLoggedIn(), NOW)])
        refuse_unbuilt(lost)
        work(lost)

        assert is_whole(parts)
        assert told(lost, "ada").name(NOW) == "open"
        assert not is_whole(lost)


def test_nobody_vouches_where_spark_is_half_way(tmp_path: Path) -> None:
    with house(tmp_path, []) as parts:
        spark_checkpoint(parts.settings.folder, parts.layout.generation).mkdir(parents=True)

        assert not begin_holds(parts)


def test_what_landed_past_the_log_is_told_to_live_states(
    held_operator: Settings, tmp_path: Path
) -> None:
    with house(tmp_path, []) as parts:
        refuse_unbuilt(parts)
        (tmp_path / "warehouse").symlink_to(held_operator.warehouse)

        build_rg_state(parts.settings.settings)

        same_as_landed(parts, held_operator)


def test_without_live_states_only_the_file_is_written(
    held_operator: Settings, tmp_path: Path
) -> None:
    (tmp_path / "warehouse").symlink_to(held_operator.warehouse)
    settings = Settings(home=tmp_path)

    build_rg_state(settings)

    assert settings.rg_state.exists()
    assert not Path(settings.states).exists()
