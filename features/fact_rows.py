"""The facts of several kinds as one table. Way: warehouse tables -> here -> pit, session_sql.

Every row has `player_id`, `o` and `r` (UTC microseconds: occurred, recorded), the columns made of
a fact's kind and time (`features.columns.PSEUDO`) and the data columns asked for, null where a
kind has no such column.
"""

from __future__ import annotations

from collections.abc import Iterable

from features.columns import PSEUDO, column_types, columns_of
from features.spec import FeatureView, SessionView

MICROS = 1_000_000
DAY_US = 86_400 * MICROS


def rows_of(
    view: FeatureView | SessionView, columns: Iterable[str], *, with_id: bool = False
) -> str:
    """Return the SELECT of a view's facts, before its conditions.

    Args:
        view: whose sources are read.
        columns: what is read of them beside the instants; pseudo columns may be among them.
        with_id: whether the event's id is read too, as text, under `id`.
    """
    types, used = column_types(view), sorted(set(columns) - set(PSEUDO))
    ids = ["CAST(event_id AS VARCHAR) AS id"] if with_id else []
    selects = (
        f"SELECT {', '.join([*_made(name), *ids, *_read(name, used, types)])} FROM {name}"
        for name in view.sources
    )
    return "\n  UNION ALL ".join(selects)


def _made(fact_name: str) -> list[str]:
    return [
        "player_id", "EPOCH_US(occurred_at) AS o", "EPOCH_US(recorded_at) AS r",
        f"'{fact_name}' AS fact",
        f"EPOCH_US(occurred_at) // {DAY_US} AS utc_day",
        f"(EPOCH_US(occurred_at) // {DAY_US} + 3) % 7 AS utc_weekday",
        f"EPOCH_US(occurred_at) // {DAY_US // 24} % 24 AS utc_hour",
    ]  # fmt: skip


def _read(fact_name: str, used: list[str], types: dict[str, str]) -> list[str]:
    own = columns_of(fact_name)
    return [name if name in own else f"CAST(NULL AS {types[name]}) AS {name}" for name in used]
