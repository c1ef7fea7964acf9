"""Where the online features lie, and whether they are there. Way: here -> start-up, the reader."""

from __future__ import annotations

from pathlib import Path

from core.settings import SQLITE, Settings
from serving.ports import StoreDownError


def store_stamp(settings: Settings) -> tuple[int, ...]:
    """Return which files the store is now; asking SQLite would make empty ones.

    A server is no file: whether it answers is seen when it is asked.

    Raises:
        StoreDownError: there is none.
    """
    if settings.online_store != SQLITE:
        return ()
    vectors: Path = settings.feast / "online.sqlite"
    stamp = tuple(map(_file, (vectors, Path(settings.states))))
    if not any(stamp):
        raise StoreDownError(
            f"no online store at {vectors}", hint="run `evenhand features materialize`"
        )
    return stamp


def _file(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return 0
