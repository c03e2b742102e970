"""ISO 4217: which currencies exist and how many digits people see of each."""

from __future__ import annotations

from groschen.core.errors import GroschenError, Kind


class CurrencyUnknown(GroschenError):
    """A text is not the code of an ISO 4217 currency."""

    code = "currency_unknown"
    kind = Kind.INVALID


_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_TWO_DIGITS = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP "
    "GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD "
    "LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB "
    "PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC "
    "SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG"
)
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"

_DIGITS: dict[str, int] = {
    code: digits
    for digits, codes in ((0, _NO_DIGITS), (2, _TWO_DIGITS), (3, _THREE_DIGITS))
    for code in codes.split()
}

CURRENCIES: frozenset[str] = frozenset(_DIGITS)


def currency_digits(currency: str) -> int:
    """How many decimals people see of ``currency``: EUR 2, JPY 0, KWD 3."""
    digits = _DIGITS.get(currency)
    if digits is None:
        raise CurrencyUnknown(
            f"{currency!r} is not an ISO 4217 currency",
            field="currency",
            hint="use a code such as EUR",
        )
    return digits
