"""Parquet in the contract's columns: older files, unknown folders, the verb and its log."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from core.errors import SourceError
from core.events.dead_letter import letters
from core.events.fact import Fact
from core.events.registry import facts
from core.settings import Settings
from features.manifest import MANIFEST, read_manifest
from features.sources import fact_schema, open_warehouse
from pipelines.cli import app
from pipelines.landing.adapter import adapter_named
from pipelines.landing.checks import enums
from pipelines.landing.compact import compact
from pipelines.landing.counts import Landing
from pipelines.landing.land import Sources, land

RawWriter = Callable[..., Path]
Content = Callable[[Path, str], list[tuple[Any, ...]]]
FACT = "deposit_declined"
CARD = {"event_id": 1, "fee_minor": 5, "decline_code": "issuer", "vendor_name": "PSP"}


def _land(raw: Path, house: Settings) -> Landing:
    return land(Sources((raw,), adapter_named("contract_parquet")), house)


def _forget(path: Path, *columns: str) -> None:
    pq.write_table(pq.read_table(path).drop_columns(list(columns)), path)


def test_a_raw_file_older_than_a_field_gets_its_default_or_null(
    tmp_path: Path, house: Settings, write_raw: RawWriter
) -> None:
    write_raw(tmp_path, FACT, [CARD], "new.parquet")
    old = write_raw(tmp_path, FACT, [{**CARD, "event_id": 2}], "old.parquet")
    _forget(old, "decline_code", "fee_minor", "vendor_name")

    landing = _land(tmp_path, house)

    assert landing.total.accepted == 2
    with open_warehouse(house.warehouse, threads=1) as connection:
        rows = connection.execute(
            f"SELECT decline_code, fee_minor, vendor_name FROM {FACT} ORDER BY event_id"
        ).fetchall()
    assert rows == [("issuer", 5, "PSP"), ("unknown", 0, None)]


def test_a_warehouse_file_older_than_a_field_reads_as_before_and_compaction_renews_it(
    tmp_path: Path, house: Settings, write_raw: RawWriter, content: Content
) -> None:
    _land(write_raw(tmp_path / "a", FACT, [CARD]).parents[1], house)
    (landed,) = (house.warehouse / FACT).rglob("*.parquet")
    _forget(landed, "decline_code", "fee_minor", "vendor_name")
    manifest = house.warehouse / MANIFEST
    digest = next(iter(read_manifest(house.warehouse).parts[FACT].values())).columns
    manifest.write_text(manifest.read_text().replace(digest, "older"))
    _land(write_raw(tmp_path / "b", FACT, [{**CARD, "event_id": 2}]).parents[1], house)
    before = content(house.warehouse, FACT)

    done = compact(house.warehouse)

    assert [(row[-1], row[-2], row[11]) for row in before] == [
        ("unknown", 0, None),
        ("issuer", 5, "PSP"),
    ]
    assert (done.files_before, done.files_after) == (2, 1)
    assert content(house.warehouse, FACT) == before


def test_a_file_that_lacks_a_field_without_default_is_refused(
    tmp_path: Path, house: Settings, write_raw: RawWriter
) -> None:
    _forget(write_raw(tmp_path, FACT, [CARD]), "amount_minor")

    with pytest.raises(SourceError, match="lack the column amount_minor"):
        _land(tmp_path, house)


def test_a_folder_of_no_known_fact_is_kept_and_counted(
    tmp_path: Path, house: Settings, write_raw: RawWriter
) -> None:
    write_raw(tmp_path, FACT, [CARD]).parent.rename(tmp_path / "deposit_teleported")

    landing = _land(tmp_path, house)

    assert landing.total.unknown == landing.total.read == 1
    (kept,) = letters(house.dead_letter / f"{tmp_path.name}.unknown.jsonl")
    assert "deposit_teleported" in kept.reason


def test_a_source_that_is_not_there_says_what_to_do(house: Settings) -> None:
    with pytest.raises(SourceError, match=r"does not exist - expected .*evenhand simulate"):
        _land(house.raw, house)


def test_the_verb_prints_counts_and_logs_every_landing(
    house: Settings, write_raw: RawWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_raw(house.raw, FACT, [CARD, CARD, {**CARD, "event_id": 3, "method": "cheque"}])
    monkeypatch.setenv("EVENHAND_HOME", str(house.home))

    done = CliRunner().invoke(app, ["land"])

    assert done.exit_code == 0, done.output
    assert [line.split() for line in done.output.splitlines() if FACT in line] == [
        [FACT, "3", "1", "1", "1", "0", "0", "0"]
    ]
    (logged,) = (house.home / "landings.jsonl").read_text().splitlines()
    tally = json.loads(logged)["tallies"][0]
    assert (tally["read"], tally["accepted"], tally["duplicate"], tally["rejected"]) == (3, 1, 1, 1)


def test_the_verb_compacts(
    house: Settings, write_raw: RawWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_HOME", str(house.home))
    for number in (1, 2):
        write_raw(house.raw, FACT, [{**CARD, "event_id": number}])
        _land(house.raw, house)

    done = CliRunner().invoke(app, ["compact"])

    assert "2 files -> 1, 2 facts rewritten" in done.output


def test_every_fact_of_the_contract_lands_whatever_its_fields_are_called(
    house: Settings, write_raw: RawWriter
) -> None:
    for name, fact in facts().items():
        write_raw(house.raw, name, [{**_example(fact), "event_id": 1}])

    landing = _land(house.raw, house)

    assert {t.fact: t.accepted for t in landing.tallies} == dict.fromkeys(facts(), 1)


def _example(fact: type[Fact]) -> dict[str, Any]:
    """Return a value of its type for every field of a fact."""
    by_type = {pa.timestamp("us"): 1_740_000_000_000_000, pa.bool_(): True, pa.string(): "x"}
    fields = list(fact_schema(fact))[5:]
    values: dict[str, Any] = {field.name: by_type.get(field.type, 1) for field in fields}
    words = {name: options[0] for name, options in enums(fact).items()}
    return {**values, **words, "currency": "EUR"}


def test_the_small_simulated_operator_lands_without_a_refusal(
    small_raw: Path, small_warehouse: Path
) -> None:
    landed = read_manifest(small_warehouse).parts

    assert not (small_warehouse.parent / "dead_letter").exists()
    assert set(landed) == {folder.name for folder in small_raw.iterdir()}
    with open_warehouse(small_warehouse, threads=1) as connection:
        for name in landed:
            row = connection.execute(
                "SELECT count(*) - count(DISTINCT event_id), count(*) FILTER "
                f"(occurred_at > recorded_at) FROM {name}"
            ).fetchone()
            assert row == (0, 0), name
