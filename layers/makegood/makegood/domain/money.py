"""Money is a whole number of minor units and an ISO 4217 currency; a rate is a whole number of
millionths. There is no float, and the one place that rounds is `rounded`, half to even, once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Self

from makegood.domain.problems import Malformed

_TWO_DECIMALS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY
COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR
MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG
SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES
WST XCD XCG YER ZAR ZMW ZWG
"""
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"

_ENDED = """
ADP 0 2002-02-28 EUR, AFA 2 2003-01-31 AFN, ANG 2 2025-06-30 XCG, AON 2 2000-02-29 AOA,
AOR 2 2000-02-29 AOA, ATS 2 2002-02-28 EUR, AZM 2 2005-12-31 AZN, BEF 0 2002-02-28 EUR,
BGL 2 2003-11-30 EUR, BGN 2 2025-12-31 EUR, BYB 0 2001-01-31 BYN, BYR 0 2016-12-31 BYN,
CSD 2 2006-10-31 RSD, CUC 2 2021-06-30 CUP, CYP 2 2007-12-31 EUR, DEM 2 2002-02-28 EUR,
ECS 2 2000-09-30 USD, EEK 2 2010-12-31 EUR, ESP 0 2002-02-28 EUR, FIM 2 2002-02-28 EUR,
FRF 2 2002-02-28 EUR, GHC 2 2007-12-31 GHS, GRD 0 2002-02-28 EUR, HRK 2 2022-12-31 EUR,
IEP 2 2002-02-28 EUR, ITL 0 2002-02-28 EUR, LTL 2 2014-12-31 EUR, LUF 0 2002-02-28 EUR,
LVL 2 2013-12-31 EUR, MGF 0 2004-12-31 MGA, MRO 2 2017-12-31 MRU, MTL 2 2007-12-31 EUR,
MZM 2 2006-06-30 MZN, NLG 2 2002-02-28 EUR, PTE 0 2002-02-28 EUR, ROL 2 2005-06-30 RON,
RUR 2 2004-01-31 RUB, SDD 2 2007-07-31 SDG, SIT 2 2006-12-31 EUR, SKK 2 2008-12-31 EUR,
SLL 2 2023-12-31 SLE, SRG 2 2003-12-31 SRD, STD 2 2017-12-31 STN, TJR 2 2001-04-30 TJS,
TMM 2 2008-12-31 TMT, TPE 0 2002-11-30 USD, TRL 0 2005-12-31 TRY, VEB 2 2007-12-31 VES,
VEF 2 2018-08-19 VES, YUM 2 2003-07-31 RSD, ZMK 2 2012-12-31 ZMW, ZRN 2 1999-06-30 CDF,
ZWD 2 2008-08-31 ZWG, ZWL 2 2024-08-31 ZWG, ZWN 2 2008-07-31 ZWG, ZWR 2 2009-06-30 ZWG
"""
"""Codes that ended since 1999, with decimals, the last day and what stands in their place.

By ISO 4217's list three and its amendments 156 to 178. The last day is the one before a country
changed to the euro; where an old and a new unit were both in use, the last of the old one; where
the list names a month alone, that month's last.
"""


class Ended(NamedTuple):
    """The last day of a currency, as an ISO 8601 date, and the currency that replaced it."""

    last_day: str
    successor: str


ENDED: dict[str, Ended] = {
    each[0]: Ended(each[2], each[3]) for each in map(str.split, _ENDED.split(","))
}

DECIMALS: dict[str, int] = {
    **dict.fromkeys(_TWO_DECIMALS.split(), 2),
    **dict.fromkeys(_NO_DECIMALS.split(), 0),
    **dict.fromkeys(_THREE_DECIMALS.split(), 3),
    **{each[0]: int(each[1]) for each in map(str.split, _ENDED.split(","))},
}
"""Minor digits of each currency (ISO 4217), ended ones included: amounts in them stay."""

DIGITS_MAX = 15
"""Whole digits that an amount may have: far above every limit, far below 2⁶³ minor units."""

MILLIONTHS = 1_000_000
_NUMBER = re.compile(rf"(-?)(\d{{1,{DIGITS_MAX}}})(?:\.(\d*))?", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,4}))?", re.ASCII)


def parse_currency(text: str) -> str:
    """An ISO 4217 code in capitals, which may have ended; raises `Malformed`."""
    currency = text.strip().upper()
    if currency not in DECIMALS or not text.isascii():
        raise Malformed("unknown_currency", "Not an ISO 4217 currency code, like USD")
    return currency


def check_in_use(currency: str, day: date) -> None:
    """Refuses a currency that had ended by that day; raises `Malformed`."""
    ended = ENDED.get(currency)
    if ended is not None and day.isoformat() > ended.last_day:
        message = f"{currency} ended on {ended.last_day}; give the amount in {ended.successor}"
        raise Malformed("currency_ended", message)


def parse_current(text: str, day: date) -> str:
    """A currency for what begins on that day; raises `Malformed`."""
    currency = parse_currency(text)
    check_in_use(currency, day)
    return currency


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` units of `currency`: `Money(1470, "USD")` is 14.70 US dollars."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("money counts whole minor units")
        if self.currency not in DECIMALS:
            raise ValueError(f"no ISO 4217 currency: {self.currency!r}")

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """The amount that a person wrote with a decimal point, like `14.70`; exact or `Malformed`.

        Digits beyond the currency's own must be zeros, so that nothing is ever lost in reading.
        """
        match = _NUMBER.fullmatch(text.strip())
        if match is None:
            raise Malformed("not_a_number", "Not a number; write it like 14.70")
        sign, whole, fraction = match.group(1), match.group(2), match.group(3) or ""
        decimals = DECIMALS[currency]
        kept, rest = fraction[:decimals].ljust(decimals, "0"), fraction[decimals:]
        if rest.strip("0"):
            raise Malformed("too_precise", f"{currency} has {decimals} decimals; round the amount")
        minor = int(whole + kept)
        return cls(-minor if sign else minor, currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(0, currency)

    def __str__(self) -> str:
        decimals = DECIMALS[self.currency]
        sign = "-" if self.minor < 0 else ""
        digits = str(abs(self.minor)).rjust(decimals + 1, "0")
        return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else sign + digits

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.minor


@dataclass(frozen=True, slots=True)
class Rate:
    """A share in millionths: `Rate(50_000)` is 5%, a basis point is 100."""

    millionths: int

    @classmethod
    def parse_percent(cls, text: str) -> Self:
        """`"5"` or `"2.5"` percent, up to four decimals, 0 to 100; raises `Malformed`."""
        match = _PERCENT.fullmatch(text.strip())
        millionths = -1
        if match is not None:
            millionths = int(match.group(1) + (match.group(2) or "").ljust(4, "0"))
        if not 0 <= millionths <= MILLIONTHS:
            raise Malformed("not_a_percentage", "Not a percentage from 0 to 100, like 2.5")
        return cls(millionths)

    def percent(self) -> str:
        """As percent, without needless zeros: `Rate(25_000).percent() == "2.5"`."""
        whole, rest = divmod(self.millionths, MILLIONTHS // 100)
        return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")

    def of(self, money: Money) -> Money:
        """This share of `money`, rounded half to even, once (payout terms)."""
        return Money(rounded(money.minor * self.millionths, MILLIONTHS), money.currency)


def rounded(numerator: int, denominator: int) -> int:
    """The whole number nearest to a fraction, half to even. The denominator must be positive."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    if twice > denominator or (twice == denominator and quotient % 2):
        quotient += 1
    return quotient


def apportioned(whole: int, numerators: Sequence[int], denominator: int) -> tuple[int, ...]:
    """Whole parts that sum to `whole`, the sum of these fractions rounded either way.

    By largest remainder: each fraction is rounded down, and the units that are left go to those
    that lost most, the earlier first. Each part is less than a unit off its fraction.
    """
    parts = [numerator // denominator for numerator in numerators]
    left = whole - sum(parts)
    by_loss = sorted(range(len(parts)), key=lambda at: (-(numerators[at] % denominator), at))
    if not 0 <= left <= len(parts):
        raise ValueError("the whole is not the sum of its fractions")
    for at in by_loss[:left]:
        parts[at] += 1
    return tuple(parts)


def total(amounts: "list[Money] | tuple[Money, ...]", currency: str) -> Money:
    """The sum; zero of that currency if there is nothing to add."""
    result = Money.zero(currency)
    for amount in amounts:
        result = result + amount
    return result
