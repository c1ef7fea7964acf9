"""Events and Fast Track messages land line by line: known, unknown and broken lines all counted."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.events.codec import encode
from core.events.dead_letter import letters
from core.events.envelope import Event
from core.events.families.payment import DepositApproved
from core.events.families.player import PlayerTimedOut
from core.settings import Settings
from pipelines.landing import fact_rows
from pipelines.landing.adapter import adapter_named
from pipelines.landing.counts import Landing, Tally
from pipelines.landing.land import Sources, land

Content = Callable[[Path, str], list[tuple[Any, ...]]]
NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)


def _event(number: int) -> Event:
    fact = DepositApproved(
        currency="JPY", exchange_rate_e6=620_000, payment_id=f"pay{number}", amount_minor=1200
    )
    return Event(
        id=UUID(int=number),
        source="house/cashier",
        subject=f"p{number % 3}",
        time=NOON,
        recorded=NOON + timedelta(seconds=number),
        fact=fact,
    )


def _timeout() -> Event:
    until = PlayerTimedOut(until_at=NOON + timedelta(days=1))
    return Event(
        id=UUID(int=99), source="house/rg", subject="p1", time=NOON, recorded=NOON, fact=until
    )


def _land(adapter: str, path: Path, house: Settings) -> Landing:
    return land(Sources((path,), adapter_named(adapter)), house)


def test_events_land_with_their_envelope_and_times_in_utc(
    tmp_path: Path, house: Settings, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fact_rows, "BATCH", 3)  # several batches, the last one partly filled
    path = tmp_path / "log.ndjson"
    path.write_bytes(b"\n".join(encode(e) for e in [*map(_event, range(8)), _timeout()]) + b"\n")

    landing = _land("events_ndjson", path, house)

    assert landing.total == Tally(fact="all", accepted=9)
    rows = content(house.warehouse, "deposit_approved")
    assert len(rows) == 8
    naive = NOON.replace(tzinfo=None)
    assert rows[2][:9] == (
        UUID(int=2), "p2", "house/cashier", naive, naive + timedelta(seconds=2),
        "JPY", 620_000, "pay2", 1200,
    )  # fmt: skip
    assert content(house.warehouse, "player_timed_out")[0][-1] == naive + timedelta(days=1)


def test_unknown_types_are_kept_and_broken_lines_are_letters_with_line_and_offset(
    tmp_path: Path, house: Settings
) -> None:
    good = encode(_event(1))
    strange = good.replace(b"deposit_approved.v1", b"deposit_approved.v9")
    path = tmp_path / "log.ndjson"
    path.write_bytes(b"\n".join([good, b"{broken", b"", strange, good]) + b"\n")

    landing = _land("events_ndjson", path, house)

    total = landing.total
    assert (total.accepted, total.duplicate, total.rejected, total.unknown) == (1, 1, 1, 1)
    refused = list(letters(house.dead_letter / "log.jsonl"))
    assert [(one.line, one.offset, one.raw) for one in refused] == [(2, len(good) + 1, "{broken")]
    kept = list(letters(house.dead_letter / "log.unknown.jsonl"))
    assert [one.raw_bytes() for one in kept] == [strange]


def test_an_event_the_warehouse_could_not_sum_is_refused_with_its_line(
    tmp_path: Path, house: Settings
) -> None:
    huge = encode(_event(1)).replace(b'"1200"', b'"9000000000000000000"')
    path = tmp_path / "log.ndjson"
    path.write_bytes(encode(_event(0)) + b"\n" + huge.replace(b'"0.0062"', b'"62"') + b"\n")

    landing = _land("events_ndjson", path, house)

    assert (landing.total.accepted, landing.total.rejected) == (1, 1)
    (one,) = letters(house.dead_letter / "log.jsonl")
    assert "overflows in base currency" in one.reason
    assert one.line == 2


def test_fast_track_messages_land_and_a_repeat_of_the_feed_adds_nothing(
    tmp_path: Path, house: Settings, content: Content
) -> None:
    payload = {
        "type": "Bet", "status": "Approved", "activity_id": "a1", "amount": 12.5,
        "wager_amount": 12.5, "bonus_wager_amount": 0, "locked_wager_amount": 0,
        "currency": "EUR", "exchange_rate": 1, "game_id": "g1", "game_name": "Sample",
        "game_type": "Slots", "is_round_end": False, "origin": "brand.example", "round_id": "r1",
        "timestamp": "2025-07-01T12:00:00Z", "user_id": "7", "vendor_id": "v1",
    }  # fmt: skip
    lines = [
        json.dumps({"type": "CASINO", "payload": payload}),
        json.dumps({"type": "LOTTERY", "payload": {"user_id": "7"}}),
    ]
    path = tmp_path / "feed.ndjson"
    path.write_text("\n".join(lines) + "\n")

    first = _land("fasttrack", path, house).total
    again = _land("fasttrack", path, house).total

    assert (first.accepted, first.unknown, again.accepted, again.duplicate) == (1, 1, 0, 1)
    assert [row[1] for row in content(house.warehouse, "bet_placed")] == ["7"]
