"""The published contract is what the code says, and it only ever grows."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from core.errors import EventError
from core.events.compatibility import breaking_changes
from core.events.families.limit import LimitSet
from core.events.schema import Schema, event_schema
from core.events.schema_files import (
    FOLDER,
    current_schemas,
    published_schemas,
    schema_diff,
    write_schemas,
)

NAME = "io.evenhand.limit.limit_set.v1"
CURRENT = current_schemas()


def test_the_published_schemas_say_what_the_types_say() -> None:
    diff = schema_diff(published_schemas(FOLDER), CURRENT)

    assert diff.is_empty, f"{diff}: run `evenhand events schemas` and review the difference"


def test_the_files_are_written_as_the_command_writes_them(tmp_path: Path) -> None:
    write_schemas(tmp_path)

    for path in sorted(tmp_path.glob("*.json")):
        assert path.read_text() == (FOLDER / path.name).read_text(), path.name


@pytest.mark.parametrize("name", CURRENT)
def test_every_schema_is_a_valid_one_and_explains_each_field(name: str) -> None:
    schema = CURRENT[name]

    Draft202012Validator.check_schema(schema)

    fields = schema["properties"]["data"]["properties"].values()
    assert schema["description"]
    assert all(field["description"] for field in fields)


Change = Callable[[Schema], object]


def _data(schema: Schema) -> dict[str, Any]:
    data: dict[str, Any] = schema["properties"]["data"]
    return data


def _retype(schema: Schema, name: str, change: dict[str, Any]) -> None:
    _data(schema)["properties"][name] |= change


BREAKING: list[tuple[Change, str]] = [
    (lambda s: _data(s)["properties"].pop("period"), "data.period: removed"),
    (lambda s: s["properties"].pop("recordedtime"), "recordedtime: removed"),
    (lambda s: _retype(s, "limit_s", {"type": "string"}), "data.limit_s: type"),
    (lambda s: _retype(s, "limit_s", {"type": "integer"}), "data.limit_s: type"),
    (lambda s: _retype(s, "kind", {"enum": ["deposit"]}), "data.kind: choices"),
    (lambda s: _retype(s, "currency", {"enum": ["EUR"]}), "data.currency: became a closed set"),
    (lambda s: _retype(s, "currency", {"pattern": "^[A-Z]{4}$"}), "data.currency: pattern"),
    (lambda s: _data(s)["required"].append("limit_s"), "data.limit_s: became required"),
    (lambda s: s["required"].append("datacontenttype"), "datacontenttype: became required"),
    (
        lambda s: (
            _data(s)["properties"].update(actor={"type": "string"}),
            _data(s)["required"].append("actor"),
        ),
        "data.actor: became required",
    ),
]
HARMLESS: list[Change] = [
    lambda s: _data(s)["properties"].update(actor={"type": "string"}),
    lambda s: _retype(s, "kind", {"enum": [*_data(s)["properties"]["kind"]["enum"], "wager"]}),
    lambda s: _retype(s, "kind", {"description": "Better words."}),
    lambda s: _data(s)["required"].remove("period"),
    lambda s: s.update(description="Better words."),
]


@pytest.mark.parametrize(("change", "reason"), BREAKING)
def test_a_breaking_change_is_named(change: Change, reason: str) -> None:
    published = event_schema(LimitSet)
    changed = copy.deepcopy(published)

    change(changed)

    assert [found for found in breaking_changes(published, changed) if found.startswith(reason)]


@pytest.mark.parametrize("change", HARMLESS)
def test_growing_breaks_nothing(change: Change) -> None:
    published = event_schema(LimitSet)
    changed = copy.deepcopy(published)

    change(changed)

    assert changed != published
    assert breaking_changes(published, changed) == []


def test_a_schema_breaks_nothing_of_its_own() -> None:
    assert [name for name in CURRENT if breaking_changes(CURRENT[name], CURRENT[name])] == []


def test_writing_refuses_to_break_what_was_published(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    path = tmp_path / f"{NAME}.json"
    earlier = json.loads(path.read_text())
    _data(earlier)["properties"]["actor"] = {"type": "string"}
    path.write_text(json.dumps(earlier))

    with pytest.raises(EventError, match=r"limit_set\.v1: data\.actor: removed"):
        write_schemas(tmp_path)
    assert json.loads(path.read_text()) == earlier


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    first = write_schemas(tmp_path)

    second = write_schemas(tmp_path)

    assert set(first.new) == set(CURRENT)
    assert second.is_empty


def test_a_type_may_vanish_only_behind_a_later_version() -> None:
    later = {name: schema for name, schema in CURRENT.items() if name != NAME}

    assert schema_diff(CURRENT, later).breaking == (f"{NAME}: vanished",)
    succeeded = later | {"io.evenhand.limit.limit_set.v2": CURRENT[NAME]}
    assert schema_diff(CURRENT, succeeded).breaking == ()
