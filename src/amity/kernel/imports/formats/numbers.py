"""Amounts and quantities as people write them: `1.234,56`, `$1,234.56`, `(12.00)`, `12-`. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

SCALE = 6  # numbers are held as whole millionths
LARGEST = 9_000_000_000_000 * 10**SCALE  # fits into 64 bits
NULL_WORDS = frozenset({"", "null", "none", "nan", "n/a", "#n/a", "\\n", "-", "–", "nil", "<na>"})  # noqa: RUF001 -- an en dash stands in real files

_SIGNS = re.compile(
    r"[\s\u00a0\u202f'\u2019`_]|[€$£¥₹₽₺₩฿]|\b[A-Z]{2,3}\b|\b(?:kr|zł|Fr|Rs)\.?|[A-Z]{1,3}(?=\$)"
)
_POINT = re.compile(r"(?:\d{1,3}(?:,\d{2,3})*,\d{3}|\d+)(?:\.\d*)?|\.\d+")
_COMMA = re.compile(r"(?:\d{1,3}(?:\.\d{2,3})*\.\d{3}|\d+)(?:,\d*)?|,\d+")
_EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d{1,2}")


@dataclass(frozen=True, slots=True)
class DecimalGuess:
    """The decimal sign of a column: `.` or `,`, and whether a value proves it."""

    sign: str
    certain: bool


def is_null(text: str) -> bool:
    """Whether a cell says that there is no value."""
    return text.strip().lower() in NULL_WORDS


def parse_number(text: str, decimal_sign: str) -> int | None:
    """The number as whole millionths, rounded half to even; None where it is not a number.

    Thousands signs must stand between groups of digits, so that `12,50` is not read as 1250.
    """
    body, negative = _unsigned(text)
    if not body:
        return None
    pattern = _COMMA if decimal_sign == "," else _POINT
    if pattern.fullmatch(body) is None:
        return _scaled(body, negative) if _EXPONENT.fullmatch(body) else None
    thousands = "." if decimal_sign == "," else ","
    return _scaled(body.replace(thousands, ""), negative)


def _unsigned(text: str) -> tuple[str, bool]:
    body = text.strip()
    negative = False
    if body.startswith("(") and body.endswith(")"):
        body, negative = body[1:-1], True
    body = body.replace("\u2212", "-")
    if not body.isascii() or not body.replace(".", "", 1).isdigit():
        body = (_EXPONENT.fullmatch(body) and body) or _SIGNS.sub("", body)
    if body[:1] in "+-" or body[-1:] == "-":
        negative ^= body[:1] == "-" or body[-1:] == "-"
        body = body.strip("+-")
    return body, negative


def _scaled(body: str, negative: bool) -> int | None:
    try:
        value = round(Decimal(body.replace(",", ".")).scaleb(SCALE))
    except InvalidOperation:
        return None
    return None if value > LARGEST else -value if negative else value


def guess_decimal_sign(values: Iterable[str]) -> DecimalGuess:
    """The decimal sign that the values speak for; a point where none speaks."""
    point = comma = 0
    weak_comma = 0
    for value in values:
        body = _unsigned(value)[0]
        vote = _vote(body)
        point += vote == "."
        comma += vote == ","
        weak_comma += vote == "" and body.count(",") == 1
    if point == comma == 0:
        return DecimalGuess(".", certain=False)
    return DecimalGuess("," if comma > point else ".", certain=True)


def _vote(body: str) -> str:
    """`.` or `,` where the number can be read in one way only; else nothing."""
    point, comma = body.rfind("."), body.rfind(",")
    if point >= 0 and comma >= 0:
        return "." if point > comma else ","
    last = max(point, comma)
    if last < 0:
        return ""
    sign = body[last]
    if body.count(sign) > 1:
        return "," if sign == "." else "."
    grouped = len(body) - last - 1 == 3 and 1 <= last <= 3 and body[:last] != "0"
    return "" if grouped else sign
