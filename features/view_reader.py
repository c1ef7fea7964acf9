"""Answers the questions of a training frame from one view's files. Way: offline_store -> here.

Two passes over the view's Parquet files. The narrow one reads keys and times only and finds, with
`known_time`, the place of the row that answers each question. The wide one reads the features of
just those rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from feast.data_format import ParquetFormat
from feast.feature_view import FeatureView
from feast.infra.offline_stores.file_source import FileSource

from core.errors import DeclarationError
from features.known_time import Integers, LatestKnown, RowBatch

_BATCH = 500_000
_PLACE = "(file_index::BIGINT << 40) + file_row_number"  # a file's number, then the row in it


@dataclass(frozen=True, slots=True)
class Question:
    """Entity rows (one question each) and the name of the column that says when each is asked."""

    entities: pa.Table
    clock: str


@dataclass(frozen=True, slots=True)
class ViewReader:
    """Where one view's rows are and which of its columns are asked for.

    `keys` maps the view's key columns to the entity rows' columns; `columns` pairs each column of
    the files with its name in the answer. `ttl` is in microseconds, None = unlimited.
    """

    view: str
    files: str
    event: str
    created: str
    keys: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, str], ...]
    ttl: int | None
    prefixed: bool

    @classmethod
    def of(cls, view: FeatureView, refs: Sequence[str], *, prefixed: bool) -> ViewReader:
        """Read off a Feast view what the join needs; only Parquet files can be read."""
        source = _parquet_source(view)
        wanted = [ref.split(":", 1)[1] for ref in refs if ref.startswith(f"{_prefix(view)}:")]
        stored = {new: old for old, new in source.field_mapping.items()}
        label = f"{view.projection.name_alias or view.name}__" if prefixed else ""
        joins = view.projection.join_key_map or {e.name: e.name for e in view.entity_columns}
        return cls(
            view=view.name,
            files=_pattern(source.path),
            event=source.timestamp_field,
            created=source.created_timestamp_column or source.timestamp_field,
            keys=tuple((stored.get(k, k), column) for k, column in joins.items()),
            columns=tuple((stored.get(name, name), label + name) for name in wanted),
            ttl=round(view.ttl.total_seconds() * 1_000_000) if view.ttl else None,
            prefixed=prefixed,
        )

    @property
    def names(self) -> list[str]:
        """Names of the columns this view adds to the frame."""
        return [name for _, name in self.columns]

    def answer(self, connection: duckdb.DuckDBPyConnection, question: Question) -> pa.Table:
        """Return the view's columns, one row per question in the questions' order, null = none."""
        return self._fetch(connection, self._find(connection, question))

    def _find(self, connection: duckdb.DuckDBPyConnection, question: Question) -> Integers:
        """Return the place of the answering row of each question, -1 = none (the narrow pass)."""
        places = np.full(question.entities.num_rows, -1, dtype=np.int64)
        asked = self._number_keys(connection, question)
        if len(asked["row"]) == 0:
            return places
        latest = LatestKnown(asked["key"], asked["instant"])
        window = (int(asked["instant"].min()), int(asked["instant"].max()))
        for batch in connection.sql(self._narrow(window)).to_arrow_reader(_BATCH):
            latest.add(RowBatch(*(column.to_numpy(zero_copy_only=False) for column in batch)))
        places[asked["row"]] = latest.places(self.ttl)
        return places

    def _number_keys(
        self, connection: duckdb.DuckDBPyConnection, question: Question
    ) -> dict[str, Integers]:
        """Number the distinct keys asked for; a question without key or time is not asked."""
        stored = [_quoted(column) for column, _ in self.keys]
        asked = question.entities.select([column for _, column in self.keys])
        asked = asked.rename_columns([column for column, _ in self.keys])
        asked = asked.append_column("asked row", pa.array(np.arange(len(asked))))
        connection.register("asked", asked.append_column("asked at", _moments(question)))
        keys = ", ".join(stored)
        connection.execute(
            f'CREATE OR REPLACE TEMP TABLE "asked keys" AS SELECT {keys}, row_number() OVER '
            f'(ORDER BY {keys}) - 1 AS "asked key" FROM (SELECT DISTINCT {keys} FROM asked)'
        )
        found: dict[str, Any] = connection.execute(
            f'SELECT "asked row" AS row, "asked key" AS key, "asked at" AS instant '
            f'FROM asked JOIN "asked keys" USING ({keys}) WHERE "asked at" IS NOT NULL'
        ).fetchnumpy()
        return found

    def _narrow(self, window: tuple[int, int]) -> str:
        """Select keys and times of rows that may answer; the bounds let whole files be skipped."""
        event, created = f"f.{_quoted(self.event)}", f"f.{_quoted(self.created)}"
        joins = " AND ".join(f'f.{_quoted(k)} = "asked keys".{_quoted(k)}' for k, _ in self.keys)
        last = _literal(window[1])
        oldest = f" AND {event} >= {_literal(window[0] - self.ttl)}" if self.ttl else ""
        return (
            f'SELECT "asked key", {_micros(event)}, {_micros(created)}, ({_PLACE})::BIGINT '
            f'FROM {self.files} f JOIN "asked keys" ON {joins} '
            f"WHERE {event} <= {last} AND {created} <= {last}{oldest}"
        )

    def _fetch(self, connection: duckdb.DuckDBPyConnection, places: Integers) -> pa.Table:
        """Read the asked columns of the rows at `places`, in that order (the wide pass)."""
        needed = np.unique(places[places >= 0])
        connection.register("needed", pa.table({"place": needed}))
        columns = ", ".join(f"f.{_quoted(stored)}" for stored, _ in self.columns)
        found = connection.sql(
            f"SELECT place, {columns} FROM {self.files} f JOIN needed ON {_PLACE} = place"
        ).to_arrow_table()
        by_place = np.argsort(found["place"].to_numpy())
        index = (
            by_place[np.searchsorted(needed, places).clip(max=max(len(needed) - 1, 0))]
            if (len(needed))
            else np.zeros(len(places), dtype=np.int64)
        )
        rows = found.select(range(1, found.num_columns)).rename_columns(self.names)
        return rows.take(pa.array(index, mask=places < 0))


def _parquet_source(view: FeatureView) -> FileSource:
    source = view.batch_source
    if isinstance(source, FileSource):
        undeclared = source.file_format is None and source.path.endswith(".parquet")
        if undeclared or isinstance(source.file_format, ParquetFormat):
            return source
    raise DeclarationError(
        f"view {view.name} reads {type(source).__name__}",
        expected="a FileSource of Parquet",
        hint="use Feast's own duckdb store for other sources",
    )


def _prefix(view: FeatureView) -> str:
    return str(view.projection.name_to_use())  # type: ignore[no-untyped-call]


def _pattern(path: str) -> str:
    """Write the files as a DuckDB table function; a folder means every Parquet file under it."""
    place = Path(path.removeprefix("file://"))
    text = (place / "**" / "*.parquet" if place.is_dir() else place).as_posix().replace("'", "''")
    return f"read_parquet('{text}', union_by_name = true)"


def _moments(question: Question) -> pa.Array:
    """Return when each question is asked, in whole microseconds (rounded down: never later)."""
    micros = question.entities[question.clock].cast(pa.timestamp("us", "UTC"), safe=False)
    return micros.cast(pa.int64())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _micros(column: str) -> str:
    """Microseconds since 1970; the cast is free for aware columns and reads naive ones as UTC."""
    return f"epoch_us({column}::TIMESTAMPTZ)"


def _literal(micros: int) -> str:
    """Write an instant as text; cast to the column's own type, it lets DuckDB skip files."""
    moment = np.datetime64(micros, "us")
    return f"'{moment}+00'"
