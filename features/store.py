"""The Feast store of one operator. Way: compiled views -> here -> training, scoring, `feast ui`.

Everything Feast needs lies in `<home>/feast`: the registry, the online store (unless it is Redis)
and a `feature_store.yaml`, so that `feast -c <home>/feast ui` and Feast's other commands see the
same definitions. Nothing is defined there: `apply` writes what is declared in `features/views`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from feast import FeatureService, FeatureStore, RepoConfig
from feast.errors import FeatureServiceNotFoundException

from core.errors import NotReadyError
from core.settings import SQLITE, Settings
from features.compile import Compiled, compile_views
from features.registry import all_views

PROJECT = "evenhand"


def open_store(settings: Settings) -> FeatureStore:
    """Open the store; it knows only what was applied."""
    with quiet():
        return FeatureStore(
            config=RepoConfig(
                repo_path=settings.feast.resolve(),
                **_config(settings, _online_store(settings)),
            )
        )


def apply(settings: Settings, services: Mapping[str, Sequence[str]]) -> Compiled:
    """Write every declared view, and a service per entry (name -> view names), to the registry.

    What is in the registry but no longer declared is deleted. Applying twice changes nothing.
    """
    compiled = compile_views(all_views(), services, settings.features)
    for view in compiled.views:
        (settings.features / view.name).mkdir(parents=True, exist_ok=True)
    _write_yaml(settings)
    with quiet():
        store = open_store(settings)
        store.apply([*compiled.objects], objects_to_delete=_gone(store, compiled), partial=False)
    return compiled


def _gone(store: FeatureStore, compiled: Compiled) -> list[Any]:
    """Return what the registry holds and no declaration stands behind any more."""
    views, services = ({d.name for d in kind} for kind in (compiled.views, compiled.services))
    return [
        *(s for s in store.list_feature_services() if s.name not in services),
        *(v for v in store.list_feature_views() if v.name not in views),
    ]


def service_of(store: FeatureStore, name: str) -> FeatureService:
    """Return an applied service.

    Raises:
        NotReadyError: it was not applied.
    """
    try:
        return store.get_feature_service(name)
    except FeatureServiceNotFoundException as error:
        known = sorted(service.name for service in store.list_feature_services())
        raise NotReadyError(
            f"no feature service {name}", expected=f"one of {known}",
            hint="run `evenhand features apply`",
        ) from error  # fmt: skip


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back Feast's own notices (deprecations, experimental parts), not those of others."""
    with warnings.catch_warnings():
        for kind in (DeprecationWarning, RuntimeWarning, UserWarning, FutureWarning):
            for module in ("feast", "ibis", "pydantic"):
                warnings.filterwarnings("ignore", category=kind, module=module)
        yield


def _online_store(settings: Settings) -> dict[str, str]:
    if settings.online_store == SQLITE:
        return {
            "type": "features.online_store.PackedSqliteOnlineStore",
            "path": (settings.feast.resolve() / "online.sqlite").as_posix(),
            "clock": settings.serving_clock,
        }
    return {
        "type": "features.redis_online_store.PackedRedisOnlineStore",
        "url": settings.online_store,
        "clock": settings.serving_clock,
    }


def _config(settings: Settings, online_store: dict[str, str]) -> dict[str, Any]:
    home: Path = settings.feast.resolve()
    return {
        "project": PROJECT,
        "provider": "local",
        "registry": (home / "registry.db").as_posix(),
        "offline_store": {"type": "features.offline_store.KnownTimeOfflineStore"},
        "online_store": online_store,
        "entity_key_serialization_version": 3,
    }


def _write_yaml(settings: Settings) -> None:
    settings.feast.mkdir(parents=True, exist_ok=True)
    text = "# Written by `evenhand features apply`; the definitions are in features/views.\n"
    online_store = _online_store(settings)
    if "url" in online_store:
        online_store["url"] = "${EVENHAND_ONLINE_STORE}"  # Feast fills it in: no password in a file
    text += yaml.safe_dump(_config(settings, online_store), sort_keys=False)
    (settings.feast / "feature_store.yaml").write_text(text)
