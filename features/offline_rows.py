"""Rows pushed to a view's files. Way: Feast's `push`, offline writes -> here -> snapshots.

Feast's own writer rewrites the one file a source is; a view's snapshots are a folder. So a batch of
rows becomes one more file, named by what it holds: pushed twice, it is there once. It appears
whole or not at all, and counts from each row's `created_timestamp` on, as every value does.

For views of the house's own. The views declared here are computed from facts, and facts come in by
the log: a worker folds them into the states and `evenhand land --from-log` puts them in the
warehouse, so a value pushed by hand over a computed one would be a value no fact explains.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from core.errors import SourceError

PREFIX = "pushed-"


def append_rows(folder: Path, rows: pa.Table) -> Path:
    """Add rows to a folder of Parquet files; return the file.

    Raises:
        SourceError: the folder holds no file to take the types from, or the rows do not fit them.
    """
    schema = ds.dataset(folder, format="parquet").schema
    if not schema.names:
        raise SourceError(
            f"{folder.name} holds no file", expected="one, whose columns the rows must have",
            hint="write a first file, with its columns and no row, when you declare the view",
        )  # fmt: skip
    try:
        fitting = rows.select(schema.names).cast(schema)
    except (KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise SourceError(f"pushed rows: {error}", expected=f"the columns {schema}") from error
    path = folder / f"{PREFIX}{_digest(fitting)}.parquet"
    staged = path.with_suffix(".parquet.next")
    pq.write_table(fitting, staged)
    staged.replace(path)
    return path


def _digest(rows: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows.combine_chunks())
    return hashlib.sha256(sink.getvalue()).hexdigest()[:16]
