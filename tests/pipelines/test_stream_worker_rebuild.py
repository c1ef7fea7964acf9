"""Generations built from the beginning: from the log, from the warehouse, beside another one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.errors import NotReadyError
from core.log.event_log import Entry
from core.settings import Settings
from features.registry import views_named
from features.state.layout import layout_of
from pipelines.cli import app
from pipelines.stream.consistency import check
from pipelines.stream.letters import letters_in
from pipelines.stream.opening import NOTHING, Parts, make_worker, opened, refuse_unbuilt
from pipelines.stream.rebuilding import begin_anew, mark_begun, seed
from pipelines.stream.replaying import feed_letters, never_applied, readable
from pipelines.stream.settings import Pace
from tests.pipelines.stream_world import (
    differing,
    expected_states,
    history,
    make_operator,
    stream_of,
)

run = CliRunner().invoke


@pytest.fixture(scope="module")
def rebuilt_operator(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_operator(tmp_path_factory.mktemp("rebuilt_operator"), players=40, days=25, seed=3)


@pytest.fixture(scope="module")
def rebuilt_history(rebuilt_operator: Settings) -> list[Entry]:
    return history(rebuilt_operator)


@contextmanager
def _house(operator: Settings, home: Path, entries: list[Entry]) -> Iterator[Parts]:
    """A log with these entries and an empty store; the warehouse is the operator's."""
    settings = stream_of(operator, home, Pace(flush_events=3_000))
    settings = replace(settings, settings=replace(operator, home=home))
    (home / "warehouse").symlink_to(operator.warehouse)
    with opened(settings, 3) as made:
        made.log.append(entries)
        yield made


def _nothing_told(*_: object) -> None:
    return None


def _built(parts: Parts) -> None:
    mark_begun(parts)
    make_worker(parts).run(until_caught_up=True)


def test_what_the_log_has_forgotten_comes_from_the_warehouse_and_counts_once(
    rebuilt_operator: Settings, rebuilt_history: list[Entry], tmp_path: Path
) -> None:
    half = rebuilt_history[len(rebuilt_history) // 2 :]
    with _house(rebuilt_operator, tmp_path, half) as parts:
        begin_anew(parts, again=False)
        seed(parts, _nothing_told)
        _built(parts)

        verdict = check(parts, sample=1_000, seed=1)

        assert verdict.differences == ()
        assert verdict.compared >= 40
        assert verdict.behind == verdict.ahead == 0


def test_seeding_twice_changes_nothing(
    rebuilt_operator: Settings, rebuilt_history: list[Entry], tmp_path: Path
) -> None:
    with _house(rebuilt_operator, tmp_path, rebuilt_history[-500:]) as parts:
        players = sorted({entry.key for entry in rebuilt_history})
        seed(parts, _nothing_told)
        before = parts.store.read(parts.layout.generation, players)
        seed(parts, _nothing_told)

        assert parts.store.read(parts.layout.generation, players) == before


def test_without_the_warehouse_the_other_half_is_missing(
    rebuilt_operator: Settings, rebuilt_history: list[Entry], tmp_path: Path
) -> None:
    half = rebuilt_history[len(rebuilt_history) // 2 :]
    with _house(rebuilt_operator, tmp_path, half) as parts:
        _built(parts)

        assert check(parts, sample=1_000, seed=1).differences != ()


def test_a_generation_is_built_anew_from_the_first_entry(
    rebuilt_operator: Settings, rebuilt_history: list[Entry], tmp_path: Path
) -> None:
    with _house(rebuilt_operator, tmp_path, rebuilt_history) as parts:
        refuse_unbuilt(parts)
        _built(parts)
        with pytest.raises(NotReadyError, match="answers"):
            begin_anew(parts, again=False)
        begin_anew(parts, again=True)
        assert parts.store.live_generation() == NOTHING
        assert parts.store.read(parts.layout.generation, [rebuilt_history[0].key]) == [None]
        with pytest.raises(NotReadyError, match="rebuild"):
            refuse_unbuilt(parts)
        _built(parts)

        assert differing(parts, expected_states(parts)) == []


def test_a_running_worker_keeps_its_generation_from_being_built_anew(
    rebuilt_operator: Settings, rebuilt_history: list[Entry], tmp_path: Path
) -> None:
    with _house(rebuilt_operator, tmp_path, rebuilt_history[:100]) as parts:
        worker = make_worker(parts)
        worker.open()
        worker.step()

        with pytest.raises(NotReadyError):
            begin_anew(parts, again=True)

        worker.leave()


def test_a_changed_view_is_built_beside_the_one_that_answers(
    rebuilt_operator: Settings, rebuilt_history: list[Entry], tmp_path: Path
) -> None:
    with _house(rebuilt_operator, tmp_path, rebuilt_history) as parts:
        old = replace(
            parts, layout=layout_of(views_named(["deposits", "deposit_velocity", "bets"]))
        )
        refuse_unbuilt(old)
        _built(old)
        states = expected_states(old)

        with pytest.raises(NotReadyError, match="rebuild"):
            refuse_unbuilt(parts)
        begin_anew(parts, again=False)
        _built(parts)

        assert parts.store.live_generation() == old.layout.generation
        assert differing(old, states) == []
        parts.store.switch(parts.layout.generation)
        parts.store.drop(old.layout.generation)
        assert differing(parts, expected_states(parts)) == []
        assert len(differing(old, states)) == len(states)


def test_a_late_fact_never_applied_is_fed_back_once_and_the_states_then_hold_it(
    rebuilt_operator: Settings, rebuilt_history: list[Entry], tmp_path: Path
) -> None:
    at = next(n for n, e in enumerate(rebuilt_history) if b"deposit_approved" in e.value)
    lost = rebuilt_history[at]
    entries = [*rebuilt_history[:at], *rebuilt_history[at + 1 :], lost, rebuilt_history[0]]
    with _house(rebuilt_operator, tmp_path, entries) as parts:
        _built(parts)
        folder = parts.settings.late(parts.layout.generation)
        letters = [one for path in sorted(folder.glob("*.jsonl")) for one in letters_in(path)]
        assert sorted(one.raw_bytes() for one in letters) == sorted(
            [lost.value, rebuilt_history[0].value]
        )
        aside = check(parts, 1_000, seed=1)
        assert aside.differences == ()
        assert aside.aside == len({lost.key, rebuilt_history[0].key})
        hidden = folder.rename(folder.with_name("hidden"))
        assert {m.claim.player_id for m in check(parts, 1_000, seed=1).differences} == {lost.key}
        hidden.rename(folder)

        found, unreadable = readable(letters, "EUR")
        new = never_applied(parts, found)
        feed_letters(parts, new, parts.clock.now())
        shutil.rmtree(folder)
        make_worker(parts).run(until_caught_up=True)

        assert unreadable == 0
        assert [one.letter.raw_bytes() for one in new] == [lost.value]
        assert never_applied(parts, found) == []
        verdict = check(parts, 1_000, seed=1)
        assert verdict.ahead == 1  # it is known only now, so the player is ahead of the warehouse
        assert verdict.differences == ()


# The command line


def test_an_operator_feeds_runs_checks_and_replays(
    rebuilt_operator: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "warehouse").symlink_to(rebuilt_operator.warehouse)
    monkeypatch.setenv("EVENHAND_HOME", str(home))

    assert "events in 3 partitions" in _ran("feed")
    assert run(app, ["stream", "feed"]).exit_code == 1
    bad = home / "more.ndjson"
    bad.write_text("no event\n")
    assert "1 lines refused" in _ran("feed", str(bad), "--again")
    assert "lag 0" in _ran("run", "--until-caught-up")
    assert "0 differences" in _ran("check", "--sample", "30")
    assert "answers: " in _ran("status")
    assert "0 to feed" in _ran("letters", "replay")
    assert "nothing was set aside" in _ran("letters", "list")
    assert run(app, ["stream", "rebuild"]).exit_code == 1
    assert "answers" in _ran("rebuild", "--again", "--warehouse")
    assert "0 differences" in _ran("check", "--sample", "30")
    assert run(app, ["stream", "switch", "ffffffffffff"]).exit_code == 1


def _ran(*arguments: str) -> str:
    done = run(app, ["stream", *arguments])
    assert done.exit_code == 0, (done.output, done.exception)
    return " ".join(done.output.split())
