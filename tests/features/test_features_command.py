"""The verbs of `evenhand features` on a small landed warehouse."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from features.prove import Claim, mismatches, same
from features.raw_facts import LandedFacts
from features.reference import recompute
from features.registry import views_named
from pipelines.cli import app

Land = Callable[[dict[str, list[dict[str, object]]]], Path]


@pytest.fixture
def home(land: Land, fact_maker: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    views = views_named(["deposits", "bets", "tickets"])
    # a seed each: an id is of one fact in the warehouse, whatever its table
    worlds = [fact_maker(view, seed).world(60) for seed, view in enumerate(views, 5)]
    warehouse = land({name: rows for world in worlds for name, rows in world.items()})
    monkeypatch.setenv("EVENHAND_HOME", warehouse.parent.as_posix())
    return warehouse.parent


def test_list_names_a_feature_with_its_meaning() -> None:
    answer = CliRunner().invoke(app, ["features", "list", "--view", "deposits", "--markdown"])

    assert answer.exit_code == 0
    assert "| `deposit_minor_sum_7d` | Deposits in the last 7 days | money |" in answer.output


def test_plan_prints_every_step() -> None:
    answer = CliRunner().invoke(app, ["features", "plan", "account"])

    assert answer.exit_code == 0
    assert "-- pit_account_life_fold" in answer.output


def test_check_passes_on_a_sound_warehouse(home: Path) -> None:
    answer = CliRunner().invoke(app, ["features", "check", "--players", "2"])

    assert answer.exit_code == 0, answer.output
    assert "0 flaws" in answer.output


def test_prove_finds_no_difference(home: Path) -> None:
    answer = CliRunner().invoke(app, ["features", "prove", "--sample", "5"])

    assert answer.exit_code == 0, answer.output
    assert "0 differences" in answer.output


def test_prove_fails_on_a_frame_that_is_off_by_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tampered(*_: object) -> list[Claim]:
        return [Claim("frame", "ada", 1_742_000_000_000_000, {"deposit_count_life": -1})]

    monkeypatch.setattr("features.claims.of_frame", tampered)
    answer = CliRunner().invoke(app, ["features", "prove", "--sample", "1"])

    assert answer.exit_code == 1
    assert "deposit_count_life" in answer.output


def test_a_tampered_value_is_found_to_the_last_bit(home: Path) -> None:
    view, raw = views_named(["deposits"])[0], LandedFacts(home / "warehouse", ("ada",))
    truth = recompute(view, raw, "ada", 1_745_000_000_000_000)
    mean = truth["deposit_minor_mean_life"]
    assert mean is not None
    off = truth | {"deposit_minor_mean_life": mean * (1 + 2**-52)}

    claims = [Claim("frame", "ada", 1_745_000_000_000_000, off)]
    wrong = [miss.feature for miss in mismatches(claims, [view], raw)]

    assert wrong == ["deposit_minor_mean_life"]
    assert same(float("nan"), None) is False
