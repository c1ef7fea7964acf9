"""Where the online features lie, and whether they are there. Way: here -> start-up, the reader."""

from __future__ import annotations

from pathlib import Path

from core.settings import Settings
from serving.ports import StoreDownError


def store_stamp(settings: Settings) -> int:
    """Return which file the store is now; asking SQLite would make an empty one.

    Raises:
        StoreDownError: there is none.
    """
    path: Path = settings.feast / "online.sqlite"
    try:
        return path.stat().st_ino
    except OSError as error:
        raise StoreDownError(
            f"no online store at {path}", hint="run `evenhand features materialize`"
        ) from error
