"""What markers see in landed facts. Way: warehouse (DuckDB) -> here -> core.markers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

from core.compliance.pack import Pack
from core.markers.deeds import READERS, Deed, deed
from core.markers.past import Past
from core.markers.scene import Scene, scene_of
from pipelines.landed import Told, landed


def deeds_of(connection: duckdb.DuckDBPyConnection, player: str = "") -> Iterator[Deed]:
    """Yield what landed facts say of everybody, or of one player, as it became known."""
    return landed(connection, READERS, _deed, player)


def past_of(connection: duckdb.DuckDBPyConnection, player: str, until_us: int) -> Past:
    """Return a player's past as it was at an instant; what became known later counts, too."""
    past = Past(player)
    for one in deeds_of(connection, player):
        if one.at_us <= until_us:
            past.add(one)
    return past


def scene_in(past: Past, pack: Pack) -> Scene:
    """Return what markers see of a past."""
    return scene_of(past, pack.zone)


def _deed(name: str, said: dict[str, Any], told: Told) -> Deed | None:
    return deed(name, said, told.player, (told.at_us, told.known_us, told.id))
