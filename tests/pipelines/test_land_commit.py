"""A landing or a compaction cut off at any step neither loses a fact nor shows one twice."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import SourceError
from core.settings import Settings
from features.manifest import read_manifest
from features.sources import open_warehouse
from pipelines.landing.adapter import adapter_named
from pipelines.landing.compact import compact
from pipelines.landing.land import Sources, land

RawWriter = Callable[..., Path]
Content = Callable[[Path, str], list[tuple[Any, ...]]]
NOON = datetime(2025, 3, 1, 12)  # noqa: DTZ001 - warehouse tables hold naive UTC
FACTS = ("deposit_approved", "deposit_declined")


class PowerCutError(RuntimeError):
    """The machine stops here."""


@contextmanager
def power_cut_at(step: int) -> Iterator[None]:
    """Stop at the n-th file renamed or removed; nothing after it is tidied up."""
    left = [step]

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            if left[0] == 0:
                raise PowerCutError
            left[0] -= 1
            return real(*args, **kwargs)

        return run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", counted(Path.replace))
        patch.setattr(Path, "unlink", counted(Path.unlink))
        rmtree = shutil.rmtree
        patch.setattr(shutil, "rmtree", lambda *a, **k: rmtree(*a, **k) if left[0] else None)
        yield


def _land(raw: Path, house: Settings) -> None:
    land(Sources((raw,), adapter_named("contract_parquet")), house)


def _no_leftovers(warehouse: Path) -> bool:
    listed = {f"{f}/{p}" for f, ps in read_manifest(warehouse).parts.items() for p in ps}
    there = {p.relative_to(warehouse).as_posix() for p in warehouse.rglob("*.parquet")}
    return listed == there


def _months(start: int, write_raw: RawWriter, raw: Path) -> Path:
    for fact in FACTS:
        rows = [
            {
                "event_id": start + i,
                "occurred_at": NOON + timedelta(days=9 * i),
                "recorded_at": NOON + timedelta(days=9 * i, seconds=1),
            }
            for i in range(6)
        ]
        write_raw(raw, fact, rows)
    return raw


def test_a_landing_cut_off_anywhere_is_all_or_nothing_and_can_be_repeated(
    tmp_path: Path, house: Settings, write_raw: RawWriter, content: Content
) -> None:
    _land(_months(0, write_raw, tmp_path / "a"), house)
    raw = _months(100, write_raw, tmp_path / "b")
    before = [content(house.warehouse, fact) for fact in FACTS]
    outcomes = set()

    for step in range(40):
        home = Settings(home=tmp_path / f"cut{step}")
        shutil.copytree(house.home, home.home)
        try:
            with power_cut_at(step):
                _land(raw, home)
            finished = True
        except PowerCutError:
            finished = False
        seen = [content(home.warehouse, fact) for fact in FACTS]
        _land(raw, home)
        after = [content(home.warehouse, fact) for fact in FACTS]
        outcomes.add("new" if seen == after else "old")

        assert seen in (before, after)
        assert [len(rows) for rows in after] == [12, 12]
        assert _no_leftovers(home.warehouse)
        if finished:
            break

    assert finished
    assert outcomes == {"old", "new"}


def test_a_compaction_cut_off_anywhere_changes_no_answer(
    tmp_path: Path, house: Settings, write_raw: RawWriter, content: Content
) -> None:
    for batch in range(3):
        _land(_months(batch * 100, write_raw, tmp_path / f"raw{batch}"), house)
    before = [content(house.warehouse, fact) for fact in FACTS]
    assert len(list(house.warehouse.rglob("*.parquet"))) == 12

    for step in range(60):
        warehouse = tmp_path / f"cut{step}"
        shutil.copytree(house.warehouse, warehouse)
        try:
            with power_cut_at(step):
                compact(warehouse)
            finished = True
        except PowerCutError:
            finished = False
        seen = [content(warehouse, fact) for fact in FACTS]
        compact(warehouse)

        assert seen == before
        assert [content(warehouse, fact) for fact in FACTS] == before
        assert _no_leftovers(warehouse)
        assert len(list(warehouse.rglob("*.parquet"))) == 4
        if finished:
            break

    assert finished


def test_compacting_twice_rewrites_nothing_and_files_lie_sorted_by_player(
    tmp_path: Path, house: Settings, write_raw: RawWriter
) -> None:
    for batch, player in enumerate(("p9", "p1", "p5")):
        rows = [{"event_id": batch * 10 + i, "player_id": player} for i in range(3)]
        _land(write_raw(tmp_path / f"raw{batch}", "deposit_approved", rows).parents[1], house)

    first = compact(house.warehouse)
    again = compact(house.warehouse)

    assert (first.files_before, first.files_after, first.facts_rewritten) == (3, 1, 9)
    assert (again.files_before, again.files_after, again.facts_rewritten) == (1, 1, 0)
    with open_warehouse(house.warehouse, threads=1) as connection:
        players = connection.execute("SELECT player_id FROM deposit_approved").fetchall()
    assert players == sorted(players)


def test_a_warehouse_file_changed_by_hand_stops_compaction(
    tmp_path: Path, house: Settings, write_raw: RawWriter
) -> None:
    for batch in range(2):
        row = [{"event_id": batch}]
        _land(write_raw(tmp_path / f"raw{batch}", "deposit_approved", row).parents[1], house)
    files = sorted(house.warehouse.rglob("*.parquet"))
    two = write_raw(tmp_path / "x", "deposit_approved", [{"event_id": 7}, {"event_id": 8}])
    shutil.copy(two, files[0])

    with pytest.raises(SourceError, match=r"holds 3 facts - expected 2, as landed"):
        compact(house.warehouse)


def test_a_file_put_there_by_hand_is_read_as_it_is(
    tmp_path: Path, house: Settings, write_raw: RawWriter, content: Content
) -> None:
    raw = write_raw(tmp_path / "raw", "deposit_approved", [{"event_id": 1}]).parents[1]
    _land(raw, house)

    write_raw(
        house.warehouse / "x" / "..",
        "deposit_approved",
        [{"event_id": 2}],
        "date=2025-03/mine.parquet",
    )

    assert len(content(house.warehouse, "deposit_approved")) == 2


def test_a_broken_manifest_is_an_error_and_not_an_empty_warehouse(
    tmp_path: Path, house: Settings, write_raw: RawWriter
) -> None:
    raw = write_raw(tmp_path / "raw", "deposit_approved", [{"event_id": 1}]).parents[1]
    _land(raw, house)
    (house.warehouse / "manifest.json").write_text('{"version": 1, "parts": [')

    with pytest.raises(SourceError, match=r"manifest\.json is not readable"):
        open_warehouse(house.warehouse)
