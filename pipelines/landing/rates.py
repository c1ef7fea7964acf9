"""Warns of foreign amounts counted as if they were base currency. Way: mapped_files -> here -> log.

A map whose rate is the constant 1 says that its amounts are in base currency. Where the file says
another currency, pounds would be added to euros one to one, and every sum of money would be wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from pipelines.landing.adapter import Intake
from pipelines.landing.column_map import ColumnMap, FactRule, Field
from pipelines.landing.map_sql import Column, literal, translated

_LOG = logging.getLogger(__name__)
_ONE = 1_000_000


def warn_of_equal_rates(intake: Intake, ruled: str, columns: Mapping[str, Column]) -> None:
    """Log the currencies other than the base that a map's constant rate of 1 takes in."""
    column_map = intake.column_map
    if column_map is None:
        return
    found: set[str] = set()
    for number, rule in enumerate(column_map.facts):
        currency = _currency_at_one(column_map, rule, columns)
        if currency:
            rows = intake.connection.execute(
                f"SELECT DISTINCT {currency} FROM {ruled} WHERE _rule = {number}"
            ).fetchall()
            found |= {row[0] for row in rows if row[0]} - {intake.base_currency}
    if found:
        _LOG.warning(
            "amounts in %s are counted one to one as %s, the base currency: give their "
            "exchange_rate_e6, or set EVENHAND_BASE_CURRENCY",
            ", ".join(sorted(found)),
            intake.base_currency,
        )


def _currency_at_one(
    column_map: ColumnMap, rule: FactRule, columns: Mapping[str, Column]
) -> str | None:
    given = column_map.fields_of(rule)
    rate, currency = given.get("exchange_rate_e6"), given.get("currency")
    if not isinstance(rate, Field) or rate.value != _ONE or currency is None:
        return None
    source = Field(column=currency) if isinstance(currency, str) else currency
    if source.column is None:
        return literal(source.value or "")
    return translated(columns[source.column], source).text
