"""What a row must hold to be a fact. Way: adapters -> here -> settle; refused rows -> dead letter.

Everything is one SQL expression per fact, derived from the fact's own types, so ten million rows
are checked column by column.
"""

from __future__ import annotations

import typing

import pyarrow as pa

from core.currency import EXPONENTS
from core.events.fact import Fact, MoneyFact
from features.sources import fact_schema
from pipelines.landing.rejects import REFUSED

_LARGEST = 2**63 - 1_000_000
_EARLIEST, _LATEST = "1990-01-01", "2100-01-01"


def candidate_columns(fact: type[Fact]) -> tuple[str, ...]:
    """Return the columns a candidate row must have, in order."""
    return (*fact_schema(fact).names, *REFUSED)


def reason_sql(fact: type[Fact]) -> str:
    """Return SQL: why a row cannot be this fact, or null."""
    whens = [f"WHEN {test} THEN {text}" for test, text in _refusals(fact)]
    return f"CASE {' '.join(whens)} END"


def _refusals(fact: type[Fact]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for field in fact_schema(fact):
        found += _field_refusals(field)
    found += [_outside_enum(name, values) for name, values in enums(fact).items()]
    if issubclass(fact, MoneyFact):
        found += _money_refusals(fact)
    return found


def _field_refusals(field: pa.Field) -> list[tuple[str, str]]:
    name, found = field.name, []
    if not field.nullable:
        found.append((f"{name} IS NULL", f"'{name} is missing'"))
    if name in ("player_id", "source"):
        found.append((f"trim({name}) = ''", f"'{name} is empty'"))
    if name in ("occurred_at", "recorded_at"):
        test = f"{name} < TIMESTAMP '{_EARLIEST}' OR {name} >= TIMESTAMP '{_LATEST}'"
        hint = f"outside {_EARLIEST} to {_LATEST}: is the time unit right?"
        found.append((test, f"'{name} ' || {name} || ' lies {hint}'"))
    return found


def _outside_enum(name: str, values: tuple[str, ...]) -> tuple[str, str]:
    listed = ", ".join(f"'{value}'" for value in values)
    text = f"'{name} ' || {name} || ' is not one of {', '.join(values)}'"
    return f"{name} IS NOT NULL AND {name} NOT IN ({listed})", text


def _money_refusals(fact: type[Fact]) -> list[tuple[str, str]]:
    known = ", ".join(f"'{code}'" for code in sorted(EXPONENTS))
    found = [
        (f"currency NOT IN ({known})", "'currency ' || currency || ' is unknown'"),
        ("exchange_rate_e6 <= 0", "'exchange_rate_e6 ' || exchange_rate_e6 || ' is not > 0'"),
    ]
    for name in fact_schema(fact).names:
        if name.endswith("_minor"):
            found.append((f"{name} < 0", f"'{name} ' || {name} || ' is negative'"))
            found.append(
                (
                    f"{name} > {_LARGEST} // exchange_rate_e6",
                    f"'{name} ' || {name} || ' overflows in base currency'",
                )
            )
    return found


def enums(fact: type[Fact]) -> dict[str, tuple[str, ...]]:
    """Return the fields of a fact that take one of a few words, with the words."""
    found = {}
    for name, hint in typing.get_type_hints(fact).items():
        for option in (hint, *typing.get_args(hint)):
            if typing.get_origin(option) is typing.Literal:
                found[name] = typing.get_args(option)
    return found
