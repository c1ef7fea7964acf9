"""Amounts are exact, currencies never mix, and only a conversion rounds."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.currency import EXPONENTS
from core.errors import MoneyError
from core.money import INT64_MAX, Money, Rounding, amount_minor, decimal_text, divided, number_text
from core.rate import rate_e6, rate_e6_rounded, rate_text

CURRENCIES = st.sampled_from(sorted(EXPONENTS))
AMOUNTS = st.integers(-INT64_MAX, INT64_MAX)


@settings(deadline=None)  # a busy machine is no failure
@given(amount=AMOUNTS, currency=CURRENCIES)
def test_an_amount_comes_back_from_its_text(amount: int, currency: str) -> None:
    assert amount_minor(decimal_text(amount, currency), currency) == amount


@settings(deadline=None)  # a busy machine is no failure
@given(amount=AMOUNTS, currency=CURRENCIES)
def test_a_text_has_all_the_decimals_of_its_currency(amount: int, currency: str) -> None:
    _, _, decimals = decimal_text(amount, currency).partition(".")

    assert len(decimals) == EXPONENTS[currency]


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [
        ("JPY", "1200", 1200),
        ("CLP", "7", 7),
        ("EUR", "0.05", 5),
        ("KWD", "1.005", 1005),
        ("BHD", "-0.001", -1),
        ("CLF", "1.0001", 10001),
    ],
)
def test_currencies_have_their_own_number_of_decimals(currency: str, text: str, minor: int) -> None:
    assert amount_minor(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("12.505", "EUR"),
        ("12.5", "JPY"),
        ("1.0005", "KWD"),
        ("", "EUR"),
        ("1e3", "EUR"),
        ("+1", "EUR"),
        (" 1", "EUR"),
        ("1,50", "EUR"),
        (".5", "EUR"),
        ("1.", "EUR"),
        ("NaN", "EUR"),
        ("١٢", "EUR"),
        ("1\n", "EUR"),
        ("92233720368547758.08", "EUR"),
        ("1.00", "eur"),
        ("1.00", "XXX"),
        ("1.00", "BTC"),
    ],
)
def test_what_is_no_exact_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(MoneyError):
        amount_minor(text, currency)


def test_two_currencies_never_mix() -> None:
    krona, euro = Money(100, "SEK"), Money(100, "EUR")

    for mixing in (krona.__add__, krona.__sub__, krona.__lt__, krona.__le__):
        with pytest.raises(MoneyError, match=r"1\.00 SEK meets 1.00 EUR"):
            mixing(euro)


@settings(deadline=None)  # a busy machine is no failure
@given(amount=AMOUNTS, rate=st.integers(1, 10**12), rounding=st.sampled_from(Rounding))
def test_a_conversion_is_off_by_less_than_one_minor_unit(
    amount: int, rate: int, rounding: Rounding
) -> None:
    converted = Money(amount, "SEK").converted(rate, "EUR", rounding)

    error = abs(converted.amount_minor - Fraction(amount * rate, 10**6))
    assert error < 1 if rounding is Rounding.DOWN else error <= Fraction(1, 2)


@settings(deadline=None)  # a busy machine is no failure
@given(amount=AMOUNTS, rate=st.integers(1, 10**12))
def test_half_up_is_what_the_warehouse_does(amount: int, rate: int) -> None:
    assert divided(amount * rate, 10**6, Rounding.HALF_UP) == (amount * rate + 500_000) // 10**6


@pytest.mark.parametrize("rate", [0, -1])
def test_a_conversion_needs_a_positive_rate(rate: int) -> None:
    with pytest.raises(MoneyError, match="positive"):
        Money(1, "SEK").converted(rate, "EUR", Rounding.DOWN)


@settings(deadline=None)  # a busy machine is no failure
@given(rate=st.integers(1, INT64_MAX), currency=CURRENCIES, base=CURRENCIES)
def test_a_rate_comes_back_from_its_text(rate: int, currency: str, base: str) -> None:
    assert rate_e6(rate_text(rate, currency, base), currency, base) == rate


@settings(deadline=None)  # a busy machine is no failure
@given(rate=st.integers(1, INT64_MAX), currency=CURRENCIES, base=CURRENCIES)
def test_a_quoted_rate_means_whole_units_a_kept_one_minor_units(
    rate: int, currency: str, base: str
) -> None:
    quoted = Fraction(rate_text(rate, currency, base))

    assert quoted == Fraction(rate, 10**6) * Fraction(
        10 ** EXPONENTS[currency], 10 ** EXPONENTS[base]
    )


@pytest.mark.parametrize("text", ["0", "-1", "0.000000001", "0.0876543219"])
def test_a_rate_a_fact_cannot_keep_is_refused(text: str) -> None:
    with pytest.raises(MoneyError):
        rate_e6(text, "SEK", "EUR")


def test_a_foreign_rate_is_rounded_half_to_even_but_never_to_nothing() -> None:
    assert rate_e6_rounded("0.0876545", "SEK", "EUR", Rounding.HALF_EVEN) == 87654
    with pytest.raises(MoneyError, match="more than zero"):
        rate_e6_rounded("0.0000004", "SEK", "EUR", Rounding.HALF_EVEN)


def test_a_foreign_rate_too_small_to_keep_is_refused_rather_than_made_wrong() -> None:
    assert rate_e6_rounded("0.0000535", "IDR", "EUR", Rounding.HALF_EVEN) == 54
    with pytest.raises(MoneyError, match=r"0\.00000085 of IRR would become 0\.000001"):
        rate_e6_rounded("0.00000085", "IRR", "EUR", Rounding.HALF_EVEN)


@pytest.mark.parametrize(
    ("rounding", "quotients"),
    [
        (Rounding.HALF_UP, [-1, 0, 1, 2]),
        (Rounding.HALF_EVEN, [-2, 0, 0, 2]),
        (Rounding.DOWN, [-2, -1, 0, 1]),
    ],
)
def test_a_half_goes_where_its_rounding_says(rounding: Rounding, quotients: list[int]) -> None:
    assert [divided(half, 2, rounding) for half in (-3, -1, 1, 3)] == quotients


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e300])
def test_a_number_that_is_no_amount_is_refused(number: float) -> None:
    with pytest.raises(MoneyError):
        number_text(number)


@settings(deadline=None)  # a busy machine is no failure
@given(minor=st.integers(-(10**14), 10**14))
def test_a_foreign_float_means_the_decimal_its_sender_typed(minor: int) -> None:
    assert amount_minor(number_text(float(decimal_text(minor, "EUR"))), "EUR") == minor
