"""How somebody's own columns become facts, declared. Way: YAML or an adapter -> here -> map_sql.

A map is data, not code. The same classes are the shape of the YAML file and of the shipped maps.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from core.errors import SourceError

Scalar = str | int | float | bool
Wanted = str | int | None


class Field(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a field of a fact comes from: a column, a constant, or the event's own id.

    `values` translates what the column says (`otherwise` stands for all other texts; without it
    such a row is refused). `unit` is for amounts: "major" is 12.50, "minor" is 1250. `format` and
    `zone` are for times: "iso", "epoch_s", "epoch_ms", "epoch_us" or a strptime format; the zone
    holds for times that do not say theirs.
    """

    column: str | None = None
    value: Scalar | None = None
    event_id: bool = False
    values: dict[str, Scalar] | None = None
    otherwise: Scalar | None = None
    unit: Literal["major", "minor"] = "major"
    format: str = "iso"
    zone: str = "UTC"


class FactRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows that become one fact: those whose columns hold one of the texts of `when`."""

    fact: str
    when: dict[str, Wanted | list[Wanted]] = {}
    fields: dict[str, str | Field] = {}


class ColumnMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A declared map from the columns of a file to facts; the first rule that fits takes the row.

    `id` names the columns that identify a row; without it a row is identified by all the columns
    the map reads. `repeats` says what rows alike in them are: one row written twice ("drop"), or
    as many happenings ("keep"). A fact is known when `recorded` says; without it, when it happened.
    """

    source: str
    player: str
    occurred: str | Field
    facts: list[FactRule]
    recorded: str | Field | None = None
    id: list[str] = []
    repeats: Literal["drop", "keep"] = "drop"
    fields: dict[str, str | Field] = {}
    delimiter: str | None = None

    def fields_of(self, rule: FactRule) -> dict[str, str | Field]:
        """Return the fields of a rule: the map's common ones, overridden by the rule's own."""
        return {**self.fields, **rule.fields}

    def columns_read(self) -> list[str]:
        """Return every column the map names, sorted."""
        named = {self.player, *self.id}
        every = [self.occurred, self.recorded, *self.fields.values()]
        for rule in self.facts:
            named |= set(rule.when)
            every += rule.fields.values()
        for field in every:
            column = field.column if isinstance(field, Field) else field
            named |= {column} if column else set()
        return sorted(named)


def read_map(path: Path) -> ColumnMap:
    """Read a map from a YAML file.

    Raises:
        SourceError: the file is no map; the message names the place in it.
    """
    try:
        tree = yaml.load(path.read_bytes(), _PlainYaml)  # noqa: S506 - a SafeLoader, see below
        return msgspec.convert(_text_keys(tree), ColumnMap)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}", expected="a column map in YAML") from error
    except (msgspec.ValidationError, yaml.YAMLError) as error:
        raise SourceError(
            f"{path}: {error}", expected="a column map", hint="docs/landing.md shows a whole one"
        ) from error


class _PlainYaml(yaml.SafeLoader):
    """YAML in which only `true` and `false` are booleans, so that a status NO stays a text."""


_PlainYaml.yaml_implicit_resolvers = {
    first: [(tag, test) for tag, test in found if tag != "tag:yaml.org,2002:bool"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_PlainYaml.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), ["t", "f"])


def _text_keys(node: object) -> object:
    """Return the tree with all keys as texts: `{1: card}` means the text 1."""
    if isinstance(node, dict):
        return {
            str(key).lower() if isinstance(key, bool) else str(key): _text_keys(value)
            for key, value in node.items()
        }
    return [_text_keys(one) for one in node] if isinstance(node, list) else node
