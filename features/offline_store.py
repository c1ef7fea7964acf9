"""Feast's offline store with a known-time join. Way: feature snapshots -> here -> training frame.

Named in the repo configuration as `features.offline_store.KnownTimeOfflineStore` (Feast's extension
point). It differs from Feast's own duckdb store in four ways:

    known time  always on: a value recorded after the entity row's time is never served for it
    cost        one narrow pass decides which rows answer (features/known_time.py), one wide pass
                fetches only those; history depth does not multiply work or memory
    entity_df   a pandas frame or a SQL query; every row kept, in order, duplicates too
    writes      rows pushed to a folder of files become one more file (features/offline_rows.py)

Materialization and monitoring are inherited.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from feast.data_source import DataSource
from feast.feature_view import FeatureView
from feast.infra.offline_stores.duckdb import DuckDBOfflineStore, DuckDBOfflineStoreConfig
from feast.infra.offline_stores.file_source import FileSource
from feast.infra.offline_stores.offline_store import RetrievalJob, RetrievalMetadata
from feast.infra.offline_stores.offline_utils import infer_event_timestamp_from_entity_df
from feast.infra.registry.base_registry import BaseRegistry
from feast.on_demand_feature_view import OnDemandFeatureView
from feast.repo_config import RepoConfig
from feast.saved_dataset import SavedDatasetStorage

from core.errors import DeclarationError, SourceError
from features.offline_rows import append_rows
from features.view_reader import Question, ViewReader


class KnownTimeOfflineStoreConfig(DuckDBOfflineStoreConfig):
    """`threads` and `memory_limit` (such as "2GB") bound DuckDB; unset, its own defaults hold."""

    type: str = "features.offline_store.KnownTimeOfflineStore"
    threads: int | None = None
    memory_limit: str | None = None


class KnownTimeOfflineStore(DuckDBOfflineStore):
    """DuckDB over Parquet; a value counts only from the instant it was known."""

    @staticmethod
    def get_historical_features(  # type: ignore[override]  # noqa: PLR0913, PLR0917 - Feast's
        config: RepoConfig,
        feature_views: list[FeatureView],
        feature_refs: list[str],
        entity_df: pd.DataFrame | str,
        registry: BaseRegistry,
        project: str,
        full_feature_names: bool = False,  # noqa: FBT001, FBT002
        filter_by_created_timestamp: bool = True,  # noqa: FBT001, FBT002, ARG004
        **between: object,  # noqa: ARG004 - start_date and end_date: given only without entity rows
    ) -> RetrievalJob:
        """Join point in time; `filter_by_created_timestamp` is always on, whatever is passed."""
        if not isinstance(entity_df, pd.DataFrame | str):
            raise SourceError(
                f"entity_df is {type(entity_df).__name__}",
                expected="a pandas frame or a SQL query of entity rows",
            )
        return KnownTimeJob(
            entity_df,
            [ViewReader.of(v, feature_refs, prefixed=full_feature_names) for v in feature_views],
            config.offline_store,
            OnDemandFeatureView.get_requested_odfvs(feature_refs, project, registry),
            RetrievalMetadata(features=feature_refs, keys=_join_keys(feature_views)),
        )

    @staticmethod
    def offline_write_batch(
        config: RepoConfig,
        feature_view: FeatureView,
        table: pa.Table,
        progress: Callable[[int], Any] | None,
    ) -> None:
        """Add pushed rows to the files of a view; a source that is one file is Feast's to write."""
        source = feature_view.batch_source
        folder = _folder(config, source)
        if folder is None:
            DuckDBOfflineStore.offline_write_batch(config, feature_view, table, progress)
            return
        append_rows(folder, table)
        if progress is not None:
            progress(table.num_rows)


def _folder(config: RepoConfig, source: DataSource | None) -> Path | None:
    if not isinstance(source, FileSource):
        return None
    place = FileSource.get_uri_for_file_path(config.repo_path, source.path)
    path = Path(str(place).removeprefix("file://"))
    return path if path.is_dir() else None


class KnownTimeJob(RetrievalJob):
    """One retrieval, executed when its table is asked for."""

    def __init__(
        self,
        entities: pd.DataFrame | str,
        readers: list[ViewReader],
        limits: KnownTimeOfflineStoreConfig,
        on_demand: list[OnDemandFeatureView],
        metadata: RetrievalMetadata,
    ) -> None:
        self._entities, self._readers, self._limits = entities, readers, limits
        self._on_demand, self._metadata = on_demand, metadata

    def _to_arrow_internal(self, timeout: int | None = None) -> pa.Table:  # noqa: ARG002
        with _connect(self._limits) as connection:
            entities, clock = _entity_table(connection, self._entities)
            _refuse_clash(entities.column_names, self._readers)
            question = Question(entities, clock)
            columns = [reader.answer(connection, question) for reader in self._readers]
        for answered in columns:
            for name in answered.column_names:
                entities = entities.append_column(name, answered[name])
        return entities

    def _to_df_internal(self, timeout: int | None = None) -> pd.DataFrame:
        frame: pd.DataFrame = self._to_arrow_internal(timeout).to_pandas()
        return frame

    @property
    def full_feature_names(self) -> bool:
        """Whether names carry their view's name."""
        return any(reader.prefixed for reader in self._readers)

    @property
    def on_demand_feature_views(self) -> list[OnDemandFeatureView]:
        """Transformations Feast runs on the joined table."""
        return self._on_demand

    @property
    def metadata(self) -> RetrievalMetadata | None:
        """What was asked."""
        return self._metadata

    def persist(
        self,
        storage: SavedDatasetStorage,
        allow_overwrite: bool = False,  # noqa: FBT001, FBT002 - Feast's signature
        timeout: int | None = None,
    ) -> None:
        """Write the joined table as one Parquet file (Feast's saved datasets)."""
        source = storage.to_data_source()
        if not isinstance(source, FileSource):
            raise SourceError(f"storage is {type(source).__name__}", expected="a file")
        target = Path(source.path)
        if target.exists() and not allow_overwrite:
            raise SourceError(
                f"{target.name} exists", expected="a new file", hint="pass allow_overwrite=True"
            )
        pq.write_table(self.to_arrow(timeout=timeout), target)


def _join_keys(views: list[FeatureView]) -> list[str]:
    return sorted({key for view in views for key in view.join_keys})


def _connect(limits: KnownTimeOfflineStoreConfig) -> duckdb.DuckDBPyConnection:
    settings: dict[str, Any] = {"threads": limits.threads, "memory_limit": limits.memory_limit}
    connection = duckdb.connect(config={k: v for k, v in settings.items() if v is not None})
    connection.execute("SET TimeZone = 'UTC'")  # a cast of an aware time must not see the machine
    connection.execute("SET preserve_insertion_order = false")  # rows are put in order at the end
    return connection


def _entity_table(
    connection: duckdb.DuckDBPyConnection, entities: pd.DataFrame | str
) -> tuple[pa.Table, str]:
    """Return the entity rows and the name of their time column, made aware UTC."""
    frame = connection.sql(entities).df() if isinstance(entities, str) else entities
    if frame.columns.has_duplicates:
        raise SourceError(
            f"entity columns {sorted(frame.columns[frame.columns.duplicated()])} appear twice",
            expected="one column of each name",
        )
    clock = infer_event_timestamp_from_entity_df(dict(frame.dtypes))
    moments = pd.to_datetime(frame[clock], utc=True)  # naive and text are UTC; aware is converted
    return pa.Table.from_pandas(frame.assign(**{clock: moments}), preserve_index=False), clock


def _refuse_clash(entity_columns: list[str], readers: list[ViewReader]) -> None:
    seen = set(entity_columns)
    for reader in readers:
        twice = sorted(seen.intersection(reader.names))
        if twice:
            raise DeclarationError(
                f"column {twice[0]} of view {reader.view} is already in the frame",
                expected="every column of the answer to have its own name",
                hint="rename the entity column, or pass full_feature_names=True",
            )
        seen.update(reader.names)
