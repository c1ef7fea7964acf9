"""Fraud over the warehouse and along the log: the same findings, once, each to be read again."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Event as Stop
from typing import Any

import pytest

from core.clock import SystemClock
from core.events.families.payment import DepositApproved, DepositDeclined
from core.events.families.player import PlayerLoggedIn
from core.log.open_log import open_log
from core.settings import Settings
from features.sources import open_warehouse
from pipelines.fraud import Findings, LiveFraud, deeds_of, follow, scanned
from tests.pipelines.holds_world import entry
from tests.pipelines.log_landing import land_all

NOW = SystemClock().now().replace(microsecond=0)
MONEY: dict[str, Any] = {"currency": "EUR", "exchange_rate_e6": 1_000_000}


def _history() -> list[tuple[str, object, int]]:
    shared = [
        (who, DepositApproved(payment_id=who, amount_minor=100, instrument_id="c", **MONEY), n)
        for n, who in enumerate(("ada", "bob"))
    ]
    refused = [
        (
            "eve",
            DepositDeclined(
                payment_id=f"e{n}", amount_minor=100, instrument_id=f"c{n % 2}", **MONEY
            ),
            10 + n,
        )
        for n in range(5)
    ]
    return [*shared, ("ada", PlayerLoggedIn(device_id="d"), 5), *refused]


@pytest.mark.parametrize("times", [1, 2])
def test_log_and_warehouse_say_the_same_and_nothing_twice(tmp_path: Path, times: int) -> None:
    entries = [
        entry(player, fact, NOW - timedelta(seconds=100 - second), number)  # type: ignore[arg-type]
        for number, (player, fact, second) in enumerate(_history())
    ]
    settings = Settings(tmp_path, tmp_path / "mlruns")
    with closing(open_log(f"sqlite:///{tmp_path / 'log.sqlite'}", 2)) as log:
        for _ in range(times):
            log.append(entries)
        live = LiveFraud(Findings(tmp_path / "live.jsonl"), "EUR")
        follow(log, live, Stop(), until_caught_up=True)
        again = LiveFraud(Findings(tmp_path / "live.jsonl"), "EUR")
        follow(log, again, Stop(), until_caught_up=True)
        land_all(log, settings)
    with open_warehouse(settings.warehouse) as connection:
        found = Findings(tmp_path / "scan.jsonl").keep(scanned(deeds_of(connection)))

    kept = Findings(tmp_path / "live.jsonl")
    assert {one.rule for one in found} == {"F-MULTI", "F-CARD"}
    assert {one.id for player in ("ada", "bob", "eve") for one in kept.of(player)} == {
        one.id for one in found
    }
    assert len((tmp_path / "live.jsonl").read_text().splitlines()) == len(found)


def test_garbage_is_counted_and_a_torn_file_is_read_to_its_last_whole_line(tmp_path: Path) -> None:
    findings = Findings(tmp_path / "f.jsonl")
    live = LiveFraud(findings, "EUR")

    live.take([b"{.deposit_declined.", b"\\", b"no event at all"])
    (tmp_path / "f.jsonl").write_bytes(b'{"torn')

    assert live.unread == 2
    assert Findings(tmp_path / "f.jsonl").of("p") == []
