"""Data shared by the areas: a small simulated operator, made once per session."""

from pathlib import Path

import prometheus_client  # noqa: F401 - before feast, whose import turns counters into shared files
import pytest
from hypothesis import settings

from core.settings import Settings
from pipelines.landing.adapter import adapter_named
from pipelines.landing.land import Sources, land
from pipelines.simulation.operator import simulate
from pipelines.simulation.plan import Plan

pytest_plugins = [  # genuine servers, logs, Spark
    "tests.services.fixtures",
    "tests.services.logs",
    "tests.services.spark_jvm",
]

settings.register_profile("busy", deadline=None)  # a busy machine is no failure
settings.load_profile("busy")

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


@pytest.fixture(scope="session")
def small_warehouse(small_raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small operator's facts, landed; never write into it."""
    house = Settings(home=tmp_path_factory.mktemp("small_house"))
    land(Sources((small_raw,), adapter_named("contract_parquet")), house)
    return house.warehouse
