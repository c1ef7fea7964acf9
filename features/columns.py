"""Which columns a view may read. Way: core.events -> here -> SQL, check."""

from __future__ import annotations

import pyarrow as pa

from core.events.fact import MoneyFact
from core.events.registry import facts
from features.sources import fact_schema
from features.spec import FeatureView, SessionView

PSEUDO = {"fact": "VARCHAR", "utc_day": "BIGINT", "utc_weekday": "BIGINT", "utc_hour": "BIGINT"}
"""Columns every fact has by its kind and time; `utc_weekday` 0 is Monday."""
_SQL_TYPES = {pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.bool_(): "BOOLEAN",
              pa.float64(): "DOUBLE", pa.timestamp("us"): "TIMESTAMP"}  # fmt: skip


def columns_of(fact_name: str) -> dict[str, str]:
    """Return the data columns of a fact with their SQL types, base-currency amounts included."""
    fact = facts()[fact_name]
    own = {name: _SQL_TYPES[fact_schema(fact).field(name).type] for name in fact.__struct_fields__}
    base = {
        f"{name[:-6]}_base_minor": "BIGINT"
        for name in own
        if name.endswith("_minor") and issubclass(fact, MoneyFact)
    }
    return own | base


def column_types(view: FeatureView | SessionView) -> dict[str, str]:
    """Return every column of the view's sources, with those made of the fact's kind and time."""
    return {k: v for source in view.sources for k, v in columns_of(source).items()} | PSEUDO
