"""Which currencies there are and how many decimals they have (ISO 4217). Way: here -> core.money.

Retired codes stay: an event of 2019 in Croatian kuna is still an event. Funds and precious metals
are left out, and so is `XXX`, ISO's code for "no currency", which `is_currency` refuses.
"""

from __future__ import annotations

from core.errors import MoneyError

NO_CURRENCY = "XXX"

_DIGITS_0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_DIGITS_2 = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL
    HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
    USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_DIGITS_3 = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS_4 = "CLF UYW"
_RETIRED_2 = "ANG BGN CUC EEK HRK LTL LVL SLL VEF ZMK ZWL"

EXPONENTS: dict[str, int] = {
    code: digits
    for digits, codes in (
        (0, _DIGITS_0),
        (2, _DIGITS_2),
        (3, _DIGITS_3),
        (4, _DIGITS_4),
        (2, _RETIRED_2),
    )
    for code in codes.split()
}


def is_currency(code: object) -> bool:
    """Tell whether a code is a currency amounts can be in.

    >>> is_currency("EUR"), is_currency("eur"), is_currency("XXX")
    (True, False, False)
    """
    return isinstance(code, str) and code in EXPONENTS


def exponent(currency: str) -> int:
    """Return the number of decimals of a currency.

    >>> exponent("EUR"), exponent("JPY"), exponent("KWD")
    (2, 0, 3)

    Raises:
        MoneyError: the code is no ISO 4217 currency.
    """
    if not is_currency(currency):
        raise MoneyError(
            f"unknown currency {currency!r}",
            expected="an ISO 4217 code in capitals, such as EUR",
            hint="tokens and points are not currencies; import them under their ISO equivalent",
        )
    return EXPONENTS[currency]
