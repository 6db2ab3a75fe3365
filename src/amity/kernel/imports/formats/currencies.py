"""The currency that a column's name or its cells tell: `Price [EUR]`, `12,50 €`. Pure."""

import re
from collections import Counter
from collections.abc import Sequence

from amity.kernel.imports.formats.numbers import is_null

# ISO 4217, without the codes that are words in headings (ALL, TOP) or no money (XAU, XXX).
CODES = frozenset(
    """AED AFN AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
    GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW
    KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
    NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD
    SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND
    VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG""".split()
)
_SIGNS = {
    "US$": "USD", "CA$": "CAD", "C$": "CAD", "AU$": "AUD", "A$": "AUD", "NZ$": "NZD",
    "HK$": "HKD", "S$": "SGD", "R$": "BRL", "€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB",
    "₺": "TRY", "₩": "KRW", "₫": "VND", "₴": "UAH", "₦": "NGN", "₪": "ILS", "฿": "THB",
}  # fmt: skip
_WORDS = {"euro": "EUR", "euros": "EUR", "zł": "PLN", "kč": "CZK"}
# Signs of several currencies: the company's own where it is one of them, else the first, if any.
_SHARED = {
    "$": ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP"),
    "¥": ("JPY", "CNY"),
    "kr": ("", "SEK", "NOK", "DKK", "ISK"),
}
_LONE_SIGN = "|".join(re.escape(sign) for sign in (*_SIGNS, *_SHARED) if not sign.isalpha())
_SIGN = re.compile(rf"(?<![A-Za-z])(?:{_LONE_SIGN})|[€£¥₹₽₺₩₫₴₦₪฿]")
_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_WORD = re.compile(r"[^\W\d_]+")
_EDGES = (0, -1)


def currency_of_name(name: str, *, own: str) -> str:
    """The currency that a column's name tells; empty where it tells none.

    A code counts between brackets and as the first or last word; `own` is the company's currency,
    which settles what $ and kr mean.
    """
    for inside in _BRACKETS.findall(name):
        found = _of_text(inside, own)
        if found:
            return found
    return _of_text(name, own)


def _of_text(text: str, own: str) -> str:
    sign = _SIGN.search(text)
    if sign:
        return _SIGNS.get(sign.group()) or _shared(sign.group(), own)
    words = _WORD.findall(text)
    for edge in _EDGES if words else ():
        found = _of_word(words[edge], own)
        if found:
            return found
    return ""


def _of_word(word: str, own: str) -> str:
    if word.upper() in CODES:
        return word.upper()
    return _WORDS.get(word.lower()) or (_shared("kr", own) if word.lower() == "kr" else "")


def _shared(sign: str, own: str) -> str:
    several = _SHARED[sign]
    return own if own in several else several[0]


def without_currency(name: str) -> str:
    """A column's name without the currency: `Betrag in EUR`, `Betrag (€)` are `Betrag`."""
    outside = _BRACKETS.sub(lambda match: "" if _of_text(match[1], "SEK") else match[0], name)
    outside = _SIGN.sub(" ", outside) if outside.strip() else name
    parts = outside.replace("_", " ").split()
    for edge in _EDGES:
        if len(parts) > 1 and _of_word(parts[edge], "SEK"):
            del parts[edge]
            if edge == -1 and len(parts) > 1 and parts[-1].lower() in {"in", "en"}:
                del parts[-1]
    return " ".join(parts)


def currency_of_cells(cells: Sequence[str], *, own: str) -> str:
    """The currency whose sign or code nearly all amounts carry; empty where there is none."""
    known = [cell for cell in cells if not is_null(cell)]
    if not known:
        return ""
    code, count = Counter(currency_of_name(cell, own=own) for cell in known).most_common(1)[0]
    return code if count > 0.9 * len(known) else ""
