"""Feature views as Feast objects. Way: features.views -> here -> features.store applies them.

Objects are built from the declarations and applied explicitly. Feast's own `apply` scans a folder
and executes every Python file in it, twice; nothing here relies on that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
from feast import Entity, FeatureService, FileSource, ValueType
from feast import FeatureView as FeastView
from feast import Field as FeastField
from feast.data_format import ParquetFormat
from feast.data_source import DataSource
from feast.types import Float64, Int64, String

from core.errors import DeclarationError
from features.describe import describe_view
from features.spec import FeatureView as Measured
from features.spec import View, names_of

TTL = timedelta(days=2)  # a snapshot answers for two days; an older value is no value
EVENT, CREATED = "event_timestamp", "created_timestamp"
_MOMENT = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True)
class Compiled:
    """What is applied to Feast: the entity, one view per declaration, one service per model."""

    entity: Entity
    views: tuple[FeastView, ...]
    services: tuple[FeatureService, ...]

    @property
    def objects(self) -> list[Entity | FeastView | FeatureService]:
        """All of them, what is referred to first."""
        return [self.entity, *self.views, *self.services]


def file_source(name: str, folder: Path) -> DataSource:
    """Return the snapshot files of a folder as our and Feast's file stores read them."""
    return FileSource(
        name=name, path=folder.as_posix(), file_format=ParquetFormat(),
        timestamp_field=EVENT, created_timestamp_column=CREATED,
    )  # fmt: skip


def compile_views(
    views: Sequence[View],
    services: Mapping[str, Sequence[str]],
    folder: Path,
    source: Callable[[str, Path], DataSource] = file_source,
) -> Compiled:
    """Compile views over the snapshot files in `folder`, and services from view names.

    Args:
        views: the declarations.
        services: view names by the name of the service that serves them.
        folder: where snapshots lie, a folder per view.
        source: makes Feast's source of a name and a view's folder; `features.spark_sources` has
            the one of the spark offline store.

    Raises:
        DeclarationError: a service names a view that is not among `views`.
    """
    player = Entity(name="player", join_keys=["player_id"], value_type=ValueType.STRING,
                    description="One person's account with the operator.")  # fmt: skip
    compiled = {
        view.name: _view(view, player, source(f"{view.name}_snapshots", place.resolve()))
        for view in views
        for place in [folder / view.name]
    }
    for service, names in services.items():
        unknown = sorted(set(names) - set(compiled))
        if unknown:
            raise DeclarationError(
                f"service {service} names the views {unknown}",
                expected=f"some of {sorted(compiled)}",
            )
    return Compiled(
        player,
        tuple(compiled.values()),
        tuple(
            FeatureService(name=service, features=[compiled[name] for name in names])
            for service, names in sorted(services.items())
        ),
    )


def snapshot_schema(view: View) -> pa.Schema:
    """Return the columns of a view's snapshot files: player, two times, features (nullable)."""
    ahead = [("player_id", pa.string()), (EVENT, _MOMENT), (CREATED, _MOMENT)]
    features = [(name, pa.int64() if whole else pa.float64()) for name, whole in _kinds(view)]
    return pa.schema([*ahead, *features])


def _view(view: View, player: Entity, source: DataSource) -> FeastView:
    phrases = {meta.name: meta.phrase for meta in describe_view(view)}
    fields = [
        FeastField(name=name, dtype=Int64 if whole else Float64, description=phrases[name])
        for name, whole in _kinds(view)
    ]
    return FeastView(
        name=view.name,
        entities=[player],
        ttl=TTL,
        schema=[FeastField(name="player_id", dtype=String), *fields],
        source=source,
        description=view.why,
        owner=view.owner,
        tags={
            "owner": view.owner, "why": view.why, "category": view.category,
            "indicator": view.indicator, "facts": ",".join(view.sources),
        },
    )  # fmt: skip


def _kinds(view: View) -> list[tuple[str, bool]]:
    """Return each feature's name and whether it is a whole number."""
    if isinstance(view, Measured):
        return [(feature.name, feature.is_integer) for feature in view.features]
    return [(name, True) for name in names_of(view)]
