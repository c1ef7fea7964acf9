"""Where things are kept, read once from the environment in an entry point."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.currency import is_currency
from core.errors import MoneyError, NotReadyError

SQLITE = "sqlite"
CLOCKS = ("wall", "log")


@dataclass(frozen=True, slots=True)
class Settings:
    """Folders of one operator's data. `home` holds all of it except the model registry.

    `base_currency` is the currency features are counted in. `online_store` is `sqlite` (in `home`)
    or a `redis://` address. `serving_clock` is the `now` of live features: `wall`, the machine's,
    or `log`, the newest known instant of a history that is played again.
    """

    home: Path = Path("var")
    mlruns: Path = Path("mlruns")
    base_currency: str = "EUR"
    online_store: str = SQLITE
    serving_clock: str = "wall"

    @property
    def raw(self) -> Path:
        """Events as made or received, before landing."""
        return self.home / "raw"

    @property
    def truth(self) -> Path:
        """Ground truth of the simulator; no feature may read it."""
        return self.home / "truth"

    @property
    def warehouse(self) -> Path:
        """Landed facts: `<fact>/date=.../*.parquet`."""
        return self.home / "warehouse"

    @property
    def dead_letter(self) -> Path:
        """Rejected input with its reason."""
        return self.home / "dead_letter"

    @property
    def features(self) -> Path:
        """Backfilled feature snapshots: `<view>/*.parquet`, the sources of the Feast views."""
        return self.home / "features"

    @property
    def feast(self) -> Path:
        """Feast's registry and SQLite online store."""
        return self.home / "feast"

    @property
    def states(self) -> str:
        """Where players' states are: the online store's address, or its SQLite file."""
        beside = (self.feast / "states.sqlite").as_posix()
        return beside if self.online_store == SQLITE else self.online_store

    @property
    def rg_state(self) -> Path:
        """The responsible-gambling state the gate reads (SQLite)."""
        return self.home / "rg_state.sqlite"

    @property
    def pictures(self) -> Path:
        """Plots written by training, also logged to MLflow."""
        return self.home / "pictures"


def settings_from(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    `EVENHAND_HOME` moves everything; a home other than the default takes its model registry with
    it (`<home>/mlruns`) unless `EVENHAND_MLRUNS` says otherwise. `EVENHAND_BASE_CURRENCY`,
    `EVENHAND_ONLINE_STORE`, `EVENHAND_SERVING_CLOCK`.

    Raises:
        MoneyError: the base currency is none.
        NotReadyError: the online store or the clock is none of those there are.

    >>> settings_from({"EVENHAND_HOME": "elsewhere"}).mlruns.as_posix()
    'elsewhere/mlruns'
    """
    env = os.environ if environ is None else environ
    home = Path(env.get("EVENHAND_HOME", "var"))
    default_mlruns = Path("mlruns") if "EVENHAND_HOME" not in env else home / "mlruns"
    mlruns = Path(env["EVENHAND_MLRUNS"]) if "EVENHAND_MLRUNS" in env else default_mlruns
    currency = env.get("EVENHAND_BASE_CURRENCY", "EUR")
    if not is_currency(currency):
        raise MoneyError(
            f"EVENHAND_BASE_CURRENCY is {currency!r}", expected="an ISO 4217 code such as EUR"
        )
    store, clock = (
        env.get("EVENHAND_ONLINE_STORE", SQLITE),
        env.get("EVENHAND_SERVING_CLOCK", "wall"),
    )
    if store != SQLITE and not store.startswith(("redis://", "rediss://", "unix://")):
        raise NotReadyError(
            f"EVENHAND_ONLINE_STORE is {store!r}",
            expected=f"{SQLITE} or redis://host:port/database",
        )
    if clock not in CLOCKS:
        raise NotReadyError(f"EVENHAND_SERVING_CLOCK is {clock!r}", expected=" or ".join(CLOCKS))
    return Settings(home, mlruns, currency, store, clock)
