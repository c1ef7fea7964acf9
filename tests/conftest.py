"""Data shared by the areas: a small simulated operator, made once per session."""

from pathlib import Path

import pytest

from pipelines.simulation.operator import simulate
from pipelines.simulation.plan import Plan

SMALL_PLAYERS, SMALL_DAYS, SMALL_SEED = 300, 240, 7


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An operator's home with `raw/` and `truth/`; never write into it."""
    home = tmp_path_factory.mktemp("small_operator")
    simulate(Plan(SMALL_PLAYERS, SMALL_DAYS, SMALL_SEED, home / "raw", home / "truth"))
    return home


@pytest.fixture(scope="session")
def small_raw(small_home: Path) -> Path:
    """The raw facts of the small operator: `<fact>/part-*.parquet`."""
    return small_home / "raw"
