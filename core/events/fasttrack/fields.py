"""A Fast Track payload, read field by field with precise refusals. Way: payload -> here -> kinds.

Their numbers are JSON numbers in whole currency units, their ids texts or numbers. Amounts become
minor units exactly or are refused; ids become texts; the exchange rate is rounded to what a fact
keeps, half to even.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeGuard, TypeVar

from core.currency import is_currency
from core.errors import EventError, MoneyError
from core.events.instant import instant
from core.money import RATE_UNIT, Rounding, amount_minor, number_text
from core.rate import rate_e6_rounded

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fields:
    """A payload with what is needed to read it; `details` is an operator-API answer, if known."""

    payload: Mapping[str, Any]
    base_currency: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Tell whether a field is there and not null."""
        return self.payload.get(name) is not None

    def text(self, name: str) -> str:
        """Return a required text; a whole number becomes its digits."""
        value = self.payload.get(name)
        if value is None:
            raise EventError(f"{name} is missing", expected="a text")
        text = _digits(name, value) if _is_number(value) else value
        if not isinstance(text, str) or not text.strip():
            raise EventError(f"{name} is {value!r}", expected="a text that is not blank")
        return text

    def text_or_none(self, name: str) -> str | None:
        """Return a text, or null where it is missing, null or blank."""
        return self.text(name) if self.payload.get(name) not in (None, "") else None

    def flag(self, name: str) -> bool:
        """Return a flag; missing is false."""
        value = self.payload.get(name)
        if value is not None and not isinstance(value, bool):
            raise EventError(f"{name} is {value!r}", expected="true or false")
        return bool(value)

    def choice(self, name: str, known: Mapping[str, T]) -> T:
        """Return what a text of their closed set stands for."""
        text = self.text(name)
        if text not in known:
            raise EventError(f"{name} is {text!r}", expected=f"one of {', '.join(known)}")
        return known[text]

    def meta(self) -> Fields:
        """Return the operator's own part of the payload; its amounts are in the same currency."""
        meta = self.payload.get("meta") or {}
        if not isinstance(meta, Mapping):
            raise EventError(f"meta is {type(meta).__name__}", expected="an object")
        currency = {"currency": self.payload.get("currency")}
        return Fields({**meta, **currency}, self.base_currency)

    def at(self) -> datetime:
        """Return the message's business time."""
        return instant(self.text("timestamp"), "timestamp")

    def currency(self) -> str:
        """Return the currency, in their spelling or capitals."""
        code = self.text("currency").upper()
        if not is_currency(code):
            raise EventError(f"currency is {code!r}", expected="an ISO 4217 code, such as EUR")
        return code

    def minor(self, name: str, *, signed: bool = False) -> int:
        """Return a required amount in minor units; below zero only where it may be."""
        try:
            amount = amount_minor(_number(name, self.payload.get(name)), self.currency())
        except MoneyError as error:
            raise EventError(f"{name}: {error}") from error
        if amount < 0 and not signed:
            raise EventError(f"{name} is {self.payload[name]}", expected="zero or more")
        return amount

    def minor_or_none(self, name: str, *, signed: bool = False) -> int | None:
        """Return an amount, or null where it is missing."""
        return self.minor(name, signed=signed) if self.has(name) else None

    def rate_e6(self) -> int:
        """Return the exchange rate to the base currency; in the base currency it is one."""
        currency = self.currency()
        rate = self._stated_rate(currency) if self.has("exchange_rate") else None
        if currency == self.base_currency:
            if rate not in (None, RATE_UNIT):
                raise EventError(
                    f"exchange_rate of {currency} is {self.payload['exchange_rate']}",
                    expected=f"1, as {self.base_currency} is the base currency",
                    hint="if the feed's base is another, set EVENHAND_BASE_CURRENCY to it",
                )
            return RATE_UNIT
        if rate is None:
            raise EventError(
                f"exchange_rate of {currency} is missing",
                expected=f"the rate to {self.base_currency}",
            )
        return rate

    def _stated_rate(self, currency: str) -> int:
        text = _number("exchange_rate", self.payload["exchange_rate"])
        try:
            return rate_e6_rounded(text, currency, self.base_currency, Rounding.HALF_EVEN)
        except MoneyError as error:
            raise EventError(f"exchange_rate: {error}") from error


def _is_number(value: object) -> TypeGuard[int | float | Decimal]:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _number(name: str, value: object) -> str:
    if not _is_number(value):
        raise EventError(f"{name} is {value!r}", expected="a JSON number")
    try:
        return number_text(value)
    except MoneyError as error:
        raise EventError(f"{name}: {error}") from error


def _digits(name: str, value: object) -> str:
    whole, _, fraction = _number(name, value).partition(".")
    if fraction.strip("0"):
        raise EventError(f"{name} is {value}", expected="a text or a whole number")
    return whole
