"""Reports of landed facts: figures, the same bytes again, restatements, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compliance.calendar import Zone
from core.errors import NotReadyError, SourceError
from pipelines.reporting.making import Made, Wish, kept, make
from pipelines.reporting.manifest import broken_files, read
from pipelines.reporting.period import day_sql, offsets, period_of
from pipelines.reporting.report import Sheet, reports
from pipelines.reporting.restating import restate
from tests.pipelines.reporting.conftest import NOW_US, House

Home = Callable[[str], House]


def _sheet(made: Made, name: str) -> Sheet:
    return next(one for one in made.sheets if one.name == name)


def _made(house: House, report: str, period: str, known_us: int = NOW_US) -> Made:
    return make(house.settings.warehouse, Wish(report, house.pack, period, known_us), NOW_US)[0]


def _played(house: House) -> House:
    house.player()
    for number in range(10):
        house.bet("2026-10-05 12:00", 1000, f"r{number}")
    house.win("2026-10-05 12:01", 3000, "r0")
    house.win("2026-10-05 12:01", 4000, "r1")
    return house


def test_a_voided_round_takes_back_its_stake_and_its_win(home: Home) -> None:
    house = _played(home("NL"))
    house.void("2026-10-05 13:00", 1000, "r0", "r0-bet_placed")
    house.void("2026-10-05 13:00", 3000, "r0", "r0-bet_won", "win")
    house.land()

    made = _made(house, "ggr", "2026-10")

    assert _sheet(made, "total").rows == (("2026-10", "50.00"),)
    assert _sheet(made, "games").rows[0][:6] == (
        "2026-10-05", "slots", "100.00", "70.00", "10.00", "30.00",
    )  # fmt: skip


def test_gb_facts_give_two_bases(home: Home) -> None:
    house = home("GB")
    house.player()
    house.bet("2026-05-10 12:00", 1_000_000, "r1")
    house.bet("2026-05-10 12:00", 50_000, "r2", bonus_wager_minor=50_000)
    house.win("2026-05-10 12:01", 910_000, "r1")
    house.win("2026-05-10 12:01", 20_000, "r2", locked_wager_minor=20_000)
    house.land()

    rows = {row[:2]: row[4:6] for row in _sheet(_made(house, "tax", "2026-Q2"), "taxes").rows}

    assert rows == {
        ("GB-GGY", "locked_winnings left out"): ("900.00", ""),
        ("GB-GGY", "locked_winnings counted"): ("700.00", ""),
        ("GB-RGD", ""): ("1400.00", "560.00"),
    }


@pytest.mark.parametrize(
    ("minor", "at", "expected"),
    [
        (199_999, "2026-05-01 12:00", None),
        (200_000, "2026-05-01 12:00", "2000"),
        (120_000, "2025-12-31 23:59", "1200"),
        (119_999, "2025-12-31 23:59", None),
        (120_000, "2026-01-01 00:00", None),
    ],
)
def test_golden_71_a_slot_win_is_reported_from_the_threshold_of_its_year(
    home: Home, minor: int, at: str, expected: str | None
) -> None:
    house = home("NJ")
    house.player()
    house.bet(at, 100, "r1")
    house.win(at, minor, "r1")
    house.land()

    rows = _sheet(_made(house, "winnings", at[:7]), "winnings").rows

    assert [row[9] for row in rows] == ([] if expected is None else [expected])


def test_cash_of_a_gaming_day_is_reported_above_ten_thousand_by_side(home: Home) -> None:
    house = home("NJ")
    house.player()
    house.fact("deposit_approved", "2026-05-01 00:30", amount_minor=600_000, vendor_id="cage")
    house.fact("deposit_approved", "2026-05-01 23:30", amount_minor=400_001, vendor_id="cage")
    house.fact("withdrawal_paid", "2026-05-01 12:00", amount_minor=1_000_000, vendor_id="cage")
    house.fact("deposit_approved", "2026-05-01 12:00", amount_minor=9_000_000, vendor_id="psp")
    house.land()

    rows = _sheet(_made(house, "ctr", "2026-05"), "currency").rows

    assert [(row[0], row[2], row[3]) for row in rows] == [("2026-05-01", "deposit", "10000.01")]


def test_a_month_of_autumn_has_its_hour_more_and_no_fact_of_the_next(home: Home) -> None:
    house = home("NL")
    house.player()
    for at in (
        "2026-09-30 23:59:59",
        "2026-10-01 00:00",
        "2026-10-31 23:59:59",
        "2026-11-01 00:00",
    ):
        house.bet(at, 100, at)
    house.land()

    days = _sheet(_made(house, "ggr", "2026-10"), "days").rows

    assert [row[0] for row in days] == ["2026-10-01", "2026-10-31"]


def test_the_same_facts_give_the_same_bytes_however_they_were_landed(
    home: Home, tmp_path: Path
) -> None:
    house = _played(home("NL"))
    house.land()
    wish = Wish("ggr", "NL", "2026-10", NOW_US)
    first = kept(*make(house.settings.warehouse, wish, NOW_US), tmp_path / "a")

    house.bet("2026-10-06 12:00", 100, "later", known="2027-05-31 12:00")
    house.land()
    again = Wish("ggr", "NL", "2026-10", house.at_us("2027-01-01 00:00"))
    earlier = kept(*make(house.settings.warehouse, again, NOW_US), tmp_path / "b")
    repeated = kept(*make(house.settings.warehouse, again, NOW_US + 1), tmp_path / "b")

    assert (first / "games.csv").read_bytes() == (earlier / "games.csv").read_bytes()
    assert repeated == earlier
    assert read(first).facts == read(earlier).facts


def test_a_restatement_says_which_cells_changed_by_which_facts_and_why(
    home: Home, tmp_path: Path
) -> None:
    house = _played(home("NL"))
    house.land()
    then = house.at_us("2026-11-02 00:00")
    old = kept(
        *make(house.settings.warehouse, Wish("ggr", "NL", "2026-10", then), NOW_US), tmp_path / "a"
    )
    house.bet("2026-10-06 12:00", 500, "late", known="2026-11-10 12:00")
    house.win("2026-10-05 12:30", 5000, "r0", known="2026-11-10 12:00", activity_id="more")
    house.void("2026-10-05 13:00", 1000, "r9", "r9-bet_placed", known="2026-11-10 12:00")
    house.land()

    made, files = restate(house.settings.warehouse, old, NOW_US, NOW_US)

    why = {(row[1], row[4]) for row in _sheet(made, "came_since").rows}
    assert why == {("bet_placed", "late"), ("bet_won", "correction"), ("bet_rolled_back", "void")}
    changed = {row[:3]: row[3:] for row in _sheet(made, "changes").rows}
    assert changed["total", "2026-10", "ggr"] == ("30.00", "-25.00")
    assert changed["days", "2026-10-06", "ggr"] == ("", "5.00")
    assert not any(row[0].startswith("(facts") for row in changed)
    assert made.manifest.previous == read(old).hash
    new = kept(made, files, tmp_path / "b")
    assert broken_files(new) == []


def test_facts_that_were_recorded_early_and_landed_late_are_named(
    home: Home, tmp_path: Path
) -> None:
    house = _played(home("NL"))
    house.land()
    wish = Wish("ggr", "NL", "2026-10", house.at_us("2026-11-02 00:00"))
    old = kept(*make(house.settings.warehouse, wish, NOW_US), tmp_path / "a")
    house.bet("2026-10-06 12:00", 500, "forgotten")
    house.land()

    made, _ = restate(house.settings.warehouse, old, NOW_US, NOW_US)

    told = [row for row in _sheet(made, "changes").rows if row[0].startswith("(facts")]
    assert told == [("(facts known by the old instant)", "bet_placed", "facts", "10", "11")]


def test_days_without_a_landed_stake_are_named(home: Home) -> None:
    house = _played(home("NL"))
    house.land()

    gaps = _made(house, "ggr", "2026-10").manifest.gaps

    assert len(gaps) == 30
    assert "2026-10-05" not in gaps


def test_players_of_no_known_jurisdiction_are_counted_and_left_out(home: Home) -> None:
    house = _played(home("NL"))
    house.bet("2026-10-05 12:00", 777, "stray", player_id="nobody")
    house.land()

    made = _made(house, "ggr", "2026-10")

    assert made.manifest.unplaced == {"bet_placed": 1}
    assert _sheet(made, "total").rows == (("2026-10", "30.00"),)


def test_money_no_rate_leads_from_is_named_and_money_with_a_rate_is_converted(home: Home) -> None:
    swedish, dutch = home("SE"), home("NL")
    for house, currency in ((swedish, "NOK"), (dutch, "SEK")):
        house.player()
        house.bet("2026-10-05 12:00", 1000, "r1", currency=currency, exchange_rate_e6=100_000)
        house.land()

    unknown, known = _made(swedish, "ggr", "2026-10"), _made(dutch, "ggr", "2026-10")

    assert unknown.manifest.unconverted == {"NOK": 1}
    assert _sheet(known, "total").rows == (("2026-10", "1.00"),)


def test_what_is_owed_is_what_was_paid_in_and_not_lost(home: Home) -> None:
    house = _played(home("NL"))
    house.fact("deposit_approved", "2026-10-01 12:00", amount_minor=50_000)
    house.fact("withdrawal_requested", "2026-10-20 12:00", amount_minor=1_000, payment_id="w1")
    house.land()

    made = _made(house, "liability", "2026-10")

    assert _sheet(made, "balances").rows[0][2] == "460.00"
    assert _sheet(made, "pending").rows[0][2:] == ("10.00", "1")


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish("ggr", "NL", "2027-06", NOW_US), "not over"),
        (Wish("ggr", "XX", "2026-10", NOW_US), "a pack 'XX'"),
        (Wish("ggr", "../GB", "2026-10", NOW_US), "a pack"),
        (Wish("nothing", "NL", "2026-10", NOW_US), "a report 'nothing'"),
        (Wish("gb_return", "NL", "2026-Q3", NOW_US), "of NL"),
        (Wish("ggr", "NL", "2026-13", NOW_US), "a period"),
        (Wish("ggr", "NL", "2026-02-30", NOW_US), "a period"),
        (Wish("ggr", "NL", "0000", NOW_US), "a period"),
        (Wish("ggr", "NL", "2026-10", NOW_US + 1), "ahead of now"),
    ],
    ids=lambda one: f"{one.report} {one.pack} {one.period}" if isinstance(one, Wish) else "",
)
def test_what_cannot_be_made_is_refused(tmp_path: Path, wish: Wish, said: str) -> None:
    with pytest.raises(NotReadyError, match=said):
        make(tmp_path, wish, NOW_US)


def test_a_period_not_over_is_made_only_as_provisional_and_marked(home: Home) -> None:
    house = _played(home("NL"))
    house.land()

    made, files = make(
        house.settings.warehouse, Wish("ggr", "NL", "2027-06", NOW_US, is_provisional=True), NOW_US
    )

    assert made.manifest.is_provisional
    assert b"Provisional" in files["report.html"]


def test_a_changed_file_or_manifest_is_found(home: Home, tmp_path: Path) -> None:
    house = _played(home("NL"))
    house.land()
    folder = kept(*make(house.settings.warehouse, Wish("ggr", "NL", "2026-10", NOW_US), NOW_US),
                  tmp_path / "a")  # fmt: skip

    (folder / "total.csv").write_text("period,ggr\n2026-10,0.00\n")
    assert broken_files(folder) == ["total.csv is not what was made"]
    said = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(said | {"known_us": 1}))
    with pytest.raises(SourceError, match="not what was sealed"):
        read(folder)


def test_every_report_can_be_made_of_a_house_where_nothing_happened(home: Home) -> None:
    for pack in ("GB", "NJ"):
        house = home(pack)
        house.player()
        house.land()
        for name, report in reports().items():
            if not report.packs or pack in report.packs:
                assert _made(house, name, "2026-02").sheets


@settings(max_examples=60)
@given(
    st.sampled_from(["Europe/London", "America/New_York", "Europe/Madrid", "Asia/Tehran"]),
    st.sampled_from(["2026-03", "2026-10", "2026-11", "2024-02", "2026-Q4"]),
    st.floats(0, 1, exclude_max=True),
)
def test_the_local_day_in_sql_is_that_of_the_zone(name: str, text: str, share: float) -> None:
    import duckdb

    zone = Zone(name)
    period = period_of(text, zone)
    instant = period.start_us + int(share * (period.end_us - period.start_us))

    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {day_sql(period, str(instant))}").fetchone()

    assert found == (zone.day(instant),)
    assert offsets(period)[0][0] == period.start_us
