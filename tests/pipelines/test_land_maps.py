"""A data scientist's own export lands by a declared map, or is refused in words she can act on."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SourceError
from core.events.dead_letter import letters
from core.ids import derived_id
from core.settings import Settings
from features.sources import open_warehouse
from pipelines.landing.adapter import adapter_named, adapters_by_name
from pipelines.landing.column_map import read_map
from pipelines.landing.counts import Tally
from pipelines.landing.land import Sources, land
from pipelines.landing.map_check import check_map
from pipelines.landing.map_sql import derived_id_sql, quoted

MAP = """
source: acme/cashier
player: account
occurred: {column: when, format: "%d/%m/%Y %H:%M:%S", zone: Europe/Malta}
recorded: {column: known, format: epoch_ms}
id: [txn]
fields:
  payment_id: txn
  amount_minor: amount
  currency: ccy
  exchange_rate_e6: {value: 1000000}
facts:
  - fact: deposit_approved
    when: {kind: DEP, status: [OK, DONE]}
    fields: {method: {column: how, values: {CC: card, BT: bank_transfer}, otherwise: unknown}}
  - fact: deposit_declined
    when: {kind: DEP, status: NO}
    fields: {decline_code: {value: issuer}}
  - fact: wallet_topped_up
    when: {kind: TOP}
    fields: {is_approved: {column: status, values: {OK: true, NO: false}}}
"""
COLUMNS = "txn,account,when,known,kind,status,amount,ccy,how"
GOOD = [
    "t1,p1,01/07/2025 12:00:00,1751364000000,DEP,OK,12.50,EUR,CC",
    "t2,p1,01/01/2025 00:30:00,1735688000000,DEP,DONE,1200,JPY,??",
    "t3,p2,01/07/2025 12:00:00,1751364000000,DEP,NO,1.234,KWD,BT",
    "t4,p2,01/07/2025 12:00:00,1751364000000,TOP,NO,5.000,EUR,",
]
BAD = {
    "t5,p1,01/07/2025 12:00:00,1751364000000,DEP,OK,12.505,EUR,CC": "amount_minor 12.505 is not",
    "t6,p1,2025-07-01,1751364000000,DEP,OK,12.50,EUR,CC": "occurred_at 2025-07-01 is not a time",
    "t7,p1,01/07/2025 12:00:00,1751364000000,DEP,OK,-1,EUR,CC": "amount_minor -100 is negative",
    "t8,p1,01/07/2025 12:00:00,1751364000000,DEP,OK,1,DOGE,CC": "currency DOGE is unknown",
    "t9,,01/07/2025 12:00:00,1751364000000,DEP,OK,1,EUR,CC": "player_id is missing",
    ",p1,01/07/2025 12:00:00,1751364000000,DEP,OK,1,EUR,CC": "event_id is missing",
    "ta,p1,01/07/2025 12:00:00,1751364000000,DEP,OK,99999999999999999999,EUR,CC": "is not an amo",
    "tb,p1,01/07/2025 12:00:00,1751364000000,DEP,WHAT,1,EUR,CC": "no rule of the map takes kind=",
    "tc,p1,01/07/2025 12:00:00,1751364000,DEP,OK,1,EUR,CC": "recorded_at 1970-01-21",
    "td,p1,01/07/2025 12:00:00,1751364000000,TOP,OK?,1,EUR,CC": "is_approved OK? is not among",
    "te,p1,01/07/2025 12:00:00,1751364000000,DEP": "Expected Number of Columns: 9 Found: 5",
}


def _land(paths: list[Path], house: Settings, text: str = MAP) -> dict[str, Tally]:
    file = house.home.parent / "map.yaml"
    file.write_text(text)
    sources = Sources(tuple(paths), adapter_named("columns"), read_map(file))
    return {tally.fact: tally for tally in land(sources, house).tallies}


def _query(house: Settings, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(house.warehouse, threads=1) as connection:
        found: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
    return found


def test_a_csv_becomes_facts_with_exact_amounts_and_utc_times(
    tmp_path: Path, house: Settings
) -> None:
    path = tmp_path / "cash.csv"
    path.write_text("\n".join([COLUMNS, *GOOD]) + "\n")

    found = _land([path], house)

    assert {name: t.accepted for name, t in found.items()} == {
        "deposit_approved": 2,
        "deposit_declined": 1,
        "wallet_topped_up": 1,
    }
    rows = _query(
        house,
        "SELECT payment_id, player_id, source, occurred_at, amount_minor, currency, method "
        "FROM deposit_approved ORDER BY 1",
    )
    assert rows == [
        ("t1", "p1", "acme/cashier", datetime(2025, 7, 1, 10), 1250, "EUR", "card"),  # noqa: DTZ001
        ("t2", "p1", "acme/cashier", datetime(2024, 12, 31, 23, 30), 1200, "JPY", "unknown"),  # noqa: DTZ001
    ]
    assert _query(house, "SELECT amount_minor, decline_code FROM deposit_declined") == [
        (1234, "issuer")
    ]
    assert _query(house, "SELECT amount_minor, is_approved FROM wallet_topped_up") == [(500, False)]


def test_every_bad_row_is_kept_with_its_reason_and_place(tmp_path: Path, house: Settings) -> None:
    path = tmp_path / "cash.csv"
    path.write_text("\n".join([COLUMNS, *GOOD, *BAD]) + "\n")

    found = _land([path], house)

    assert sum(t.accepted for t in found.values()) == len(GOOD)
    assert sum(t.rejected for t in found.values()) == len(BAD)
    kept = list(letters(house.dead_letter / "cash.jsonl"))
    for row, reason in BAD.items():
        name = row.split(",")[0]
        texts = [one.reason for one in kept if _is_row(one.raw, name)]
        assert len(texts) == 1, row
        assert reason in texts[0]
    assert {one.source_file for one in kept} == {path.as_posix()}
    negative = next(one for one in kept if "negative" in one.reason)
    assert negative.line == len(GOOD) + 3


def _is_row(raw: str, txn: str) -> bool:
    return (
        json.loads(raw)["txn"] == (txn or None)
        if raw.startswith("{")
        else raw.startswith(f"{txn},")
    )


def test_csv_json_lines_and_parquet_of_the_same_rows_are_the_same_facts(
    tmp_path: Path, house: Settings
) -> None:
    names = COLUMNS.split(",")
    rows = [dict(zip(names, line.split(","), strict=True)) for line in GOOD]
    csv, lines, table = (tmp_path / f"cash.{end}" for end in ("csv", "jsonl", "parquet"))
    csv.write_text("\n".join([COLUMNS, *GOOD]) + "\n")
    lines.write_text(
        "".join(json.dumps({**row, "amount": float(row["amount"])}) + "\n" for row in rows)
    )
    pq.write_table(
        pa.Table.from_pylist([{**row, "amount": float(row["amount"])} for row in rows]), table
    )

    _land([csv], house)
    again = _land([lines, table], house)

    assert sum(t.duplicate for t in again.values()) == 2 * len(GOOD)
    assert sum(t.accepted for t in again.values()) == 0


def test_a_line_that_is_no_json_is_kept_with_its_number(tmp_path: Path, house: Settings) -> None:
    names = COLUMNS.split(",")
    good = json.dumps(dict(zip(names, GOOD[0].split(","), strict=True)))
    path = tmp_path / "cash.ndjson"
    path.write_text(f"{good}\n{{broken\n[1]\n")

    found = _land([path], house)

    assert found["deposit_approved"].accepted == 1
    assert [(one.line, one.raw) for one in letters(house.dead_letter / "cash.jsonl")] == [
        (2, "{broken"),
        (3, "[1]"),
    ]


def test_a_float_off_by_more_than_a_millionth_is_refused_and_one_within_is_rounded(
    tmp_path: Path, house: Settings
) -> None:
    names = COLUMNS.split(",")
    row = dict(zip(names, GOOD[0].split(","), strict=True))
    amounts = [0.1 + 0.2, 1.15, 100.0000001, 12.505, float("nan"), float("inf"), 1e300]
    table = [{**row, "txn": str(n), "amount": amount} for n, amount in enumerate(amounts)]
    pq.write_table(pa.Table.from_pylist(table), tmp_path / "cash.parquet")

    found = _land([tmp_path / "cash.parquet"], house)

    assert _query(house, "SELECT amount_minor FROM deposit_approved ORDER BY payment_id") == [
        (30,),
        (115,),
        (10_000,),
    ]
    assert found["deposit_approved"].rejected == 4


@pytest.mark.parametrize(("repeats", "accepted"), [("drop", 2), ("keep", 3)])
def test_rows_without_an_id_are_told_apart_by_what_they_hold(
    repeats: str, accepted: int, tmp_path: Path, house: Settings
) -> None:
    text = MAP.replace("id: [txn]", f"repeats: {repeats}").replace(
        "payment_id: txn", "payment_id: {event_id: true}"
    )
    one = GOOD[0].removeprefix("t1")
    path = tmp_path / "cash.csv"
    path.write_text("\n".join([COLUMNS, one, one, one.replace("12.50", "12.51")]) + "\n")

    first = _land([path], house, text)
    again = _land([path], house, text)

    assert first["deposit_approved"].accepted == accepted
    assert again["deposit_approved"].duplicate == 3
    assert _query(
        house, "SELECT bool_and(payment_id = event_id::VARCHAR) FROM deposit_approved"
    ) == [(True,)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("fact: deposit_declined", "fact: deposit_decline", "did you mean 'deposit_declined'"),
        ("method: {", "metod: {", "deposit_approved has no field 'metod'.*did you mean 'method'"),
        ("amount_minor: amount", "amount_minor: amont", "no column 'amont'.*did you mean 'amount'"),
        ("  payment_id: txn\n", "", "gives no payment_id.*event_id: true"),
        ("  exchange_rate_e6: {value: 1000000}\n", "", "gives no exchange_rate_e6.*1000000"),
        ("BT: bank_transfer", "BT: bank_transfers", "method cannot be 'bank_transfers'"),
        ("zone: Europe/Malta", "zone: Europe/Atlantis", "unknown zone 'Europe/Atlantis'"),
        ("{value: issuer}", "{value: issuer, column: how}", "names 2 origins"),
        ("player: account", "playr: account", r"map\.yaml: .*playr"),
        ("facts:", "facts: [", r"map\.yaml: "),
    ],
)
def test_a_map_that_does_not_hold_is_refused_before_a_row_is_read(
    old: str, new: str, message: str, tmp_path: Path, house: Settings
) -> None:
    path = tmp_path / "cash.csv"
    path.write_text("\n".join([COLUMNS, *GOOD]) + "\n")
    assert old in MAP

    with pytest.raises(SourceError, match=f"(?s){message}"):
        _land([path], house, MAP.replace(old, new, 1))

    assert _query(house, "SELECT count(*) FROM deposit_approved") == [(0,)]


def test_landing_by_columns_without_a_map_says_so(tmp_path: Path, house: Settings) -> None:
    path = tmp_path / "cash.csv"
    path.write_text(COLUMNS + "\n")

    with pytest.raises(SourceError, match=r"no column map was given - expected --map FILE\.yaml"):
        land(Sources((path,), adapter_named("columns")), house)


def test_an_unknown_adapter_lists_those_there_are() -> None:
    with pytest.raises(SourceError, match="one of cdnow, columns, contract_parquet, dib_payments"):
        adapter_named("nope")


def test_every_shipped_map_holds() -> None:
    maps = [a.column_map for a in adapters_by_name().values() if a.column_map]

    for one in maps:
        check_map(one)

    assert len(maps) == 2


@given(source=st.text(max_size=12), foreign=st.text(max_size=20))
def test_the_id_derived_in_sql_is_the_id_derived_in_python(source: str, foreign: str) -> None:
    source, foreign = source.replace("\0", ""), foreign.replace("\0", "")

    with duckdb.connect() as connection:
        row = connection.execute(f"SELECT {derived_id_sql(source, quoted(foreign))}").fetchone()

    assert row == (derived_id(source, foreign),)


def test_the_map_of_the_guide_holds(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "landing.md").read_text()
    (block,) = [part.split("```")[0] for part in guide.split("```yaml\n")[1:]]
    (tmp_path / "map.yaml").write_text(block)

    check_map(read_map(tmp_path / "map.yaml"))

    assert all(f"`{name}`" in guide for name in adapters_by_name())
