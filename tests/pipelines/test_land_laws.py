"""Laws of landing, on arbitrary mixtures of good, bad and repeated rows."""

import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from core.events.dead_letter import letters
from core.settings import Settings
from pipelines.landing.adapter import adapter_named
from pipelines.landing.counts import Landing
from pipelines.landing.land import Sources, land

FACT = "deposit_approved"
NOON = datetime(2025, 3, 31, 23, 59, 50)  # noqa: DTZ001 - warehouse tables hold naive UTC
RawWriter = Callable[..., Path]
Content = Callable[[Path, str], list[tuple[Any, ...]]]

BAD: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"amount_minor": -1},
        {"amount_minor": 2**63 - 1},
        {"method": "cheque"},
        {"currency": "XXX"},
        {"exchange_rate_e6": 0},
        {"player_id": None},
        {"player_id": " "},
        {"event_id": None},
        {"occurred_at": None},
        {"occurred_at": datetime(1970, 1, 20)},  # noqa: DTZ001
    ]
)


@st.composite
def _rows(draw: st.DrawFn) -> dict[str, Any]:
    recorded = NOON + timedelta(seconds=draw(st.integers(0, 20)))
    row: dict[str, Any] = {
        "event_id": draw(st.integers(0, 6)),
        "player_id": draw(st.sampled_from(["p1", "p2"])),
        "amount_minor": draw(st.integers(0, 3)),
        "recorded_at": recorded,
        "occurred_at": recorded + timedelta(seconds=draw(st.integers(-7200, 60))),
    }
    return {**row, **draw(BAD)} if draw(st.integers(0, 3)) == 0 else row


ROWS = st.lists(_rows(), max_size=14)


def _is_bad(row: dict[str, Any]) -> bool:
    return (
        row["event_id"] is None
        or row["occurred_at"] is None
        or row["occurred_at"].year < 1990
        or not (row["player_id"] or "").strip()
        or not 0 <= row["amount_minor"] < 1000
        or any(key in row for key in ("method", "currency", "exchange_rate_e6"))
    )


def _winners(rows: list[dict[str, Any]]) -> dict[UUID, dict[str, Any]]:
    """Say in Python what landing says in SQL: the copy known first, then the smallest content."""
    found: dict[UUID, dict[str, Any]] = {}
    for row in sorted(
        (row for row in rows if not _is_bad(row)),
        key=lambda r: (r["recorded_at"], r["player_id"], r["occurred_at"], r["amount_minor"]),
    ):
        found.setdefault(UUID(int=row["event_id"]), row)
    return found


def _land(raw: Path, home: Path) -> Landing:
    return land(Sources((raw,), adapter_named("contract_parquet")), Settings(home=home))


@settings(max_examples=40, deadline=None)
@given(rows=ROWS)
def test_counts_add_up_and_the_copy_known_first_wins(
    rows: list[dict[str, Any]], write_raw: RawWriter, content: Content
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_raw(home / "raw", FACT, rows)

        total = _land(home / "raw", home).total
        landed = content(home / "warehouse", FACT)

        winners = _winners(rows)
        rejected = sum(map(_is_bad, rows))
        assert total.read == len(rows)
        assert total.accepted == len(winners) == len(landed)
        assert total.rejected == rejected
        assert total.duplicate == len(rows) - rejected - len(winners)
        assert total.clamped == sum(w["occurred_at"] > w["recorded_at"] for w in winners.values())
        hour = timedelta(hours=1)
        assert total.late == sum(
            w["recorded_at"] - w["occurred_at"] > hour for w in winners.values()
        )
        for event_id, player, _, occurred, recorded, _, _, _, amount, *_ in landed:
            won = winners[event_id]
            assert (player, recorded, amount) == (
                won["player_id"],
                won["recorded_at"],
                won["amount_minor"],
            )
            assert occurred == min(won["occurred_at"], won["recorded_at"])
        kept = home / "dead_letter" / "raw.jsonl"
        assert (len(list(letters(kept))) if kept.exists() else 0) == rejected


@settings(max_examples=15, deadline=None)
@given(rows=ROWS)
def test_landing_twice_is_landing_once(
    rows: list[dict[str, Any]], write_raw: RawWriter, content: Content
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_raw(home / "raw", FACT, rows)
        first = _land(home / "raw", home).total
        once = content(home / "warehouse", FACT)

        again = _land(home / "raw", home).total

        assert content(home / "warehouse", FACT) == once
        assert again.accepted == 0
        assert again.duplicate == first.accepted + first.duplicate
        assert again.rejected == first.rejected


@settings(max_examples=15, deadline=None)
@given(rows=ROWS, order=st.randoms(use_true_random=False), cut=st.integers(0, 14))
def test_how_rows_are_spread_over_files_changes_nothing(
    rows: list[dict[str, Any]], order: Any, cut: int, write_raw: RawWriter, content: Content
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_raw(home / "raw", FACT, rows)
        one = _land(home / "raw", home / "one")
        order.shuffle(rows)
        write_raw(home / "split", FACT, rows[:cut], "b.parquet")
        write_raw(home / "split", FACT, rows[cut:], "a.parquet")

        two = _land(home / "split", home / "two")

        assert content(home / "one" / "warehouse", FACT) == content(
            home / "two" / "warehouse", FACT
        )
        assert one.tallies == two.tallies
        pieces = [
            sorted((home / n / "warehouse" / FACT).rglob("*.parquet")) for n in ("one", "two")
        ]
        assert [p.read_bytes() for p in pieces[0]] == [p.read_bytes() for p in pieces[1]]
