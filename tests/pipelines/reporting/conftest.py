"""A small house whose facts are written by hand. Way: rows -> landing -> the tests' warehouse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.compliance.calendar import instant_us
from core.compliance.load import packs
from core.settings import Settings
from pipelines.landing.adapter import adapter_named
from pipelines.landing.land import Sources, land
from tests.core.audit.conftest import (  # noqa: F401 - fixtures
    log_template,
    log_url,
    postgres_log_url,
    sqlite_log_url,
)

MONEY = {"GB": "GBP", "NJ": "USD", "NL": "EUR", "SE": "SEK", "MT": "EUR", "DK": "DKK"}
_GAME = {"game_id": "g", "vendor_id": "studio", "game_type": "slots", "volatility": "low",
         "bonus_wager_minor": 0, "locked_wager_minor": 0}  # fmt: skip


@dataclass
class House:
    """Facts to land; instants are said on the pack's clock, known two seconds later."""

    settings: Settings
    write: Callable[..., Path]
    pack: str = "NL"
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    count: int = 0
    landings: int = 0

    def at_us(self, text: str) -> int:
        """Return an instant of the pack's clock."""
        return packs()[self.pack].zone.instant(datetime.fromisoformat(text))

    def fact(self, fact: str, at: str, known: str = "", /, **fields: Any) -> int:
        """Add a fact; return its number."""
        self.count += 1
        when = datetime(1970, 1, 1) + timedelta(microseconds=self.at_us(at))  # noqa: DTZ001 - naive UTC
        learned = when + timedelta(seconds=2)
        if known:
            learned = datetime(1970, 1, 1) + timedelta(microseconds=self.at_us(known))  # noqa: DTZ001
        row = {"event_id": self.count, "occurred_at": when, "recorded_at": learned,
               "currency": MONEY[self.pack], "player_id": "p1", **fields}  # fmt: skip
        self.rows.setdefault(fact, []).append(row)
        return self.count

    def player(self, name: str = "p1", at: str = "2023-01-01 12:00", place: str = "") -> None:
        """Open an account."""
        place = place or self.pack
        self.fact("player_registered", at, player_id=name, jurisdiction=place, country="XX",
                  birth_year=1990, channel="organic")  # fmt: skip

    def bet(self, at: str, minor: int, round_id: str, known: str = "", **more: Any) -> None:
        """Stake."""
        self._play("bet_placed", at, minor, round_id, known, more)

    def win(self, at: str, minor: int, round_id: str, known: str = "", **more: Any) -> None:
        """Win."""
        self._play("bet_won", at, minor, round_id, known, more)

    def void(  # noqa: PLR0917 - as it is said
        self, at: str, minor: int, round_id: str, of: str, undone: str = "bet", known: str = ""
    ) -> None:
        """Take back a bet or a win."""
        more = {"reference_activity_id": of, "undone": undone}
        self._play("bet_rolled_back", at, minor, round_id, known, more)

    def _play(  # noqa: PLR0917 - as it is said
        self, kind: str, at: str, minor: int, round_id: str, known: str, more: dict[str, Any]
    ) -> None:
        real = minor - more.get("bonus_wager_minor", 0) - more.get("locked_wager_minor", 0)
        given = {"activity_id": f"{round_id}-{kind}", "round_id": round_id, "amount_minor": minor,
                 "wager_minor": real, **_GAME, "session_id": None, **more}  # fmt: skip
        self.fact(kind, at, known, **given)

    def land(self) -> Path:
        """Land what was added since; return the warehouse."""
        self.landings += 1
        raw = self.settings.home / f"raw{self.landings}"
        for kind, rows in self.rows.items():
            self.write(raw, kind, rows)
        land(Sources((raw,), adapter_named("contract_parquet")), self.settings)
        self.rows = {}
        return self.settings.warehouse


NOW_US = instant_us(datetime(2027, 6, 1, tzinfo=UTC))


@pytest.fixture
def home(tmp_path: Path, write_raw: Callable[..., Path]) -> Callable[[str], House]:
    """Return a function that opens a house of a pack."""
    return lambda pack: House(Settings(home=tmp_path / f"home-{pack}"), write_raw, pack)
