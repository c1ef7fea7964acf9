"""The base of every fact. Way: what happened at the operator -> here -> wire, warehouse, features.

A fact is one thing that happened, in the past tense, frozen. Its envelope (who, when, when known)
lives in `core.events.envelope`; the fact itself holds only the data of its type.

Field names carry their unit. `_minor` is an integer amount in the minor unit of the fact's
`currency` (cents for EUR, whole yen for JPY) and travels as a decimal string without the suffix
(`amount_minor=1250` EUR is `"amount": "12.50"`). `exchange_rate_e6` is the number of base-currency
minor units per minor unit of `currency`, times 1,000,000, fixed when the fact happened; on the
wire it is the decimal string `exchange_rate`.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """Data of one event type; unknown extra fields on the wire are ignored (older readers live on).

    `family` and `version` name the type: `io.evenhand.<family>.<name>.v<version>`, where `<name>`
    is the class name in snake case. The warehouse table of a fact is `<name>`.
    """

    family: ClassVar[str]
    version: ClassVar[int] = 1


class MoneyFact(Fact, frozen=True, kw_only=True):
    """A fact with amounts; every `_minor` field of it is in `currency`."""

    family: ClassVar[str]
    currency: str
    exchange_rate_e6: int
