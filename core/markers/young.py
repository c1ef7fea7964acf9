"""A player's age as far as facts tell it: they have the year of birth alone."""

from __future__ import annotations

from core.markers.scene import Scene


def age_most(scene: Scene) -> int | None:
    """Return how old a player is at the end of this local year, null if nobody knows."""
    born = scene.past.birth_year
    return None if born is None else scene.zone.local(scene.now_us).year - born
