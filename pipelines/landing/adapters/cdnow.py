"""CDNOW purchases (Fader and Hardie 2001), as deposits: the yardstick of lifetime-value models.

Days only, no transaction id: rows alike in all columns are several purchases of one day, as the
published counts (69,659 purchases) take them. US dollars are the base currency of this data.
"""

from __future__ import annotations

from pipelines.landing.adapter import Adapter
from pipelines.landing.column_map import ColumnMap, FactRule, Field
from pipelines.landing.mapped_files import mapped_candidates

CDNOW = Adapter(
    name="cdnow",
    reads="CSV with customer_id, date, cds, amount",
    why="Retail, not gambling, but every lifetime-value method is published on it.",
    candidates=mapped_candidates,
    column_map=ColumnMap(
        source="cdnow/purchases",
        player="customer_id",
        occurred=Field(column="date", format="%Y-%m-%d"),
        id=["customer_id", "date", "cds", "amount"],
        repeats="keep",
        facts=[
            FactRule(
                fact="deposit_approved",
                fields={
                    "payment_id": Field(event_id=True),
                    "amount_minor": "amount",
                    "currency": Field(value="USD"),
                    "exchange_rate_e6": Field(value=1_000_000),
                },
            )
        ],
    ),
)
