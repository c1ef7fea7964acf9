"""Feast's spark offline store over our snapshots. Way: compiled views -> here -> Spark, frames.

The same views, services and Parquet files as in `features.store`, in a registry of its own at
`<home>/feast_spark`, because a source is of one kind. Feast does not look at known time by itself:
ask with `filter_by_created_timestamp=True`. docs/spark.md says what works and what does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import yaml
from feast import FeatureStore, RepoConfig
from feast.data_source import DataSource

from core.settings import Settings
from features.compile import CREATED, EVENT, compile_views
from features.registry import all_views
from features.spark_session import require_spark
from features.store import PROJECT, quiet

SPARK_CONF = MappingProxyType({"spark.sql.session.timeZone": "UTC"})
"""Feast writes instants into SQL as UTC text; a session in another zone would shift them."""


def spark_source(name: str, folder: Path) -> DataSource:
    """Return the snapshot files of a folder as Feast's spark offline store reads them.

    Raises:
        NotReadyError: pyspark or Java is missing.
    """
    require_spark()
    with quiet():
        from feast.infra.offline_stores.contrib.spark_offline_store.spark_source import SparkSource

        return SparkSource(
            name=name, path=folder.as_posix(), file_format="parquet",
            timestamp_field=EVENT, created_timestamp_column=CREATED,
        )  # fmt: skip


def open_spark_store(
    settings: Settings,
    services: Mapping[str, Sequence[str]],
    spark_conf: Mapping[str, str] = SPARK_CONF,
) -> FeatureStore:
    """Write every view and service to the registry for Spark and open its store.

    Args:
        settings: whose home holds the snapshots.
        services: view names by service name.
        spark_conf: how Feast starts Spark when none is active; `spark.master` names the cluster.

    Raises:
        NotReadyError: pyspark or Java is missing.
    """
    compiled = compile_views(all_views(), services, settings.features, spark_source)
    home = (settings.home / "feast_spark").resolve()
    home.mkdir(parents=True, exist_ok=True)
    config = {
        "project": PROJECT,
        "provider": "local",
        "registry": (home / "registry.db").as_posix(),
        "offline_store": {"type": "spark", "spark_conf": dict(spark_conf)},
        "online_store": None,
        "entity_key_serialization_version": 3,
    }
    (home / "feature_store.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    with quiet():
        store = FeatureStore(config=RepoConfig(repo_path=home, **config))
        store.apply([*compiled.objects])
    return store
