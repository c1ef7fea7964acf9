"""What the log is told of reports and exports: the figures of the law's own cases, once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.audit.opening import looking
from core.audit.tables import ENTRY
from core.compliance.load import packs
from core.errors import NotReadyError
from pipelines.reporting.exporting import export
from pipelines.reporting.known import Scope
from pipelines.reporting.making import Made, Wish, make
from pipelines.reporting.period import period_of
from pipelines.reporting.telling import chain_of, tell_replacements, tell_taxes
from tests.pipelines.reporting.conftest import NOW_US, House

Home = Callable[[str], House]


def _made(house: House, period: str, known_us: int = NOW_US) -> Made:
    wish = Wish("tax", house.pack, period, known_us)
    return make(house.settings.warehouse, wish, NOW_US)[0]


def _told(url: str, pack: str) -> list[dict[str, Any]]:
    wanted = select(ENTRY.c.body).where(ENTRY.c.chain == chain_of(pack)).order_by(ENTRY.c.seq)
    with looking(url) as connection:
        return [json.loads(body) for body in connection.execute(wanted).scalars()]


def test_golden_77_both_bases_of_great_britain_are_in_the_log_once(
    home: Home,
    log_url: str,
) -> None:
    house = home("GB")
    house.player()
    house.bet("2026-05-10 12:00", 1_000_000, "r1")
    house.bet("2026-05-10 12:00", 50_000, "r2", bonus_wager_minor=50_000)
    house.win("2026-05-10 12:01", 910_000, "r1")
    house.land()
    made = _made(house, "2026-Q2")

    first = tell_taxes(log_url, made, NOW_US)
    again = tell_taxes(log_url, _made(house, "2026-Q2"), NOW_US + 1)

    told = _told(log_url, "GB")
    bases = {(one["inputs"]["tax"], one["inputs"]["base"], one["inputs"]["due"]) for one in told}
    assert {("GB-GGY", "900.00", ""), ("GB-RGD", "1400.00", "560.00")} <= bases
    assert {one["event"] for one in told} == {"TAX_CALC"}
    assert (first, again) == (len(told), 0)
    assert {one["manifest"] for one in told} == {made.manifest.hash}


@pytest.mark.parametrize(
    ("pack", "play", "dues"),
    [
        ("NL", (11_000_000, 9_500_000), {"5670.00"}),
        ("SE", (200_000_000, 190_000_000), {"22000.00"}),
        ("DK", (50_000_000, 47_000_000), {"8400.00"}),
        ("NJ", (200_000_000, 100_000_000), {"197500.00", "25000.00"}),
    ],
)
def test_golden_78_each_tax_is_in_the_log_with_its_base_and_what_is_due(
    home: Home, log_url: str, pack: str, play: tuple[int, int], dues: set[str]
) -> None:
    house = home(pack)
    house.player()
    house.bet("2026-10-05 12:00", play[0], "r1")
    house.win("2026-10-05 12:01", play[1], "r1")
    house.land()

    tell_taxes(log_url, _made(house, "2026-10"), NOW_US)

    assert dues <= {one["inputs"]["due"] for one in _told(log_url, pack)}


def test_golden_55_a_replacement_is_in_the_log_once_with_both_records(
    home: Home,
    log_url: str,
    tmp_path: Path,
) -> None:
    house, pack, out = home("NL"), packs()["NL"], tmp_path / "out"
    house.player()
    house.bet("2026-10-05 12:00", 10_000, "r1")
    house.win("2026-10-05 12:01", 30_000, "r1")
    house.land()
    period = period_of("2026-10", pack.zone)
    early = Scope(pack, period, house.at_us("2026-11-01 12:00"))
    export(house.settings.warehouse, early, b"k" * 32, out)
    before = tell_replacements(log_url, out, NOW_US)
    house.win("2026-10-05 15:00", 5_000, "r1", known="2026-11-02 12:00", activity_id="more")
    house.land()
    export(house.settings.warehouse, Scope(pack, period, NOW_US), b"k" * 32, out)

    first = tell_replacements(log_url, out, NOW_US)
    again = tell_replacements(log_url, out, NOW_US)

    [one] = [one for one in _told(log_url, "NL") if one["inputs"]["kind"] == "round"]
    assert one["event"] == "REPLACEMENT"
    assert one["inputs"]["record_id"] != one["inputs"]["replaces_record_id"]
    assert (before, again) == (0, 0)
    assert first >= 1


def test_where_there_is_no_log_that_is_said(home: Home, tmp_path: Path) -> None:
    house = home("NL")
    house.player()
    house.land()

    with pytest.raises(NotReadyError):
        tell_taxes(f"sqlite:///{tmp_path / 'none.sqlite'}", _made(house, "2026-10"), NOW_US)
    assert not (tmp_path / "none.sqlite").exists()
