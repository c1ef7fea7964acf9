"""The floor of a score: one store read, four boosters, by hand. Way: benchmarks.scoring_latency.

No gate, no calibration, no reasons, no checks: what a score costs when nothing is promised.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core.settings import Settings, settings_from
from features.online import OnlineReader
from models.registry import CHAMPION, load, versions_of_alias
from models.spec import all_cards

STORE = "FLOOR_STORE"  # told by the benchmark, not a setting
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Predict = Callable[[np.ndarray], float]


def write_store(settings: Settings, player_ids: Sequence[str], path: Path) -> None:
    """Write one row per player, all his features in it, as one would by hand."""
    rows = OnlineReader(settings, "scoring").read(player_ids)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE vectors (player_id TEXT PRIMARY KEY, vector BLOB)")
        vectors = ((p, row.tobytes()) for p, row in zip(player_ids, rows.values, strict=True))
        connection.executemany("INSERT INTO vectors VALUES (?, ?)", vectors)


@cache
def _opened() -> tuple[sqlite3.Connection, list[Predict]]:
    settings = settings_from()
    names = OnlineReader(settings, "scoring").names
    found = versions_of_alias(settings.mlruns, tuple(all_cards()), CHAMPION)
    predicts = [_predict(settings, name, names) for name in sorted(found)]
    return sqlite3.connect(os.environ[STORE]), predicts


def _predict(settings: Settings, model: str, names: Sequence[str]) -> Predict:
    loaded = load(settings.mlruns, model)
    columns = np.array([names.index(name) for name in loaded.feature_names])
    booster = loaded.model.booster
    return lambda row: float(np.asarray(booster.predict(row[:, columns], num_threads=1))[0])


async def app(scope: Message, _: Callable[[], Awaitable[Message]], send: Send) -> None:
    """Answer `/PLAYER_ID` with four numbers."""
    if scope["type"] != "http":
        return
    connection, predicts = _opened()
    asked = (scope["path"][1:],)
    found = connection.execute("SELECT vector FROM vectors WHERE player_id = ?", asked).fetchone()
    row = np.frombuffer(found[0]).reshape(1, -1)
    body = json.dumps([predict(row) for predict in predicts]).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
