"""Columns of cells as columns of values: keys, numbers, moments. Pure.

Cells of text are parsed once for each different text, typed columns all at once.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amity.kernel.imports.formats.dates import DateStyle, parse_clear_date, parse_date
from amity.kernel.imports.formats.numbers import LARGEST, SCALE, is_null, parse_number

ONE = 10**SCALE
DAY = 86_400_000_000  # microseconds
Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Whole millionths; where `missing` there is no value, where `bad` it could not be read."""

    values: Whole
    missing: Mask
    bad: Mask


@dataclass(frozen=True, slots=True)
class Moments:
    """Microseconds and days since 1970; `zoned` ones are in UTC, others as on the wall."""

    micros: Whole
    days: Whole
    zoned: Mask
    missing: Mask
    bad: Mask


def is_text(array: Any) -> bool:
    """Whether an Arrow array holds text."""
    return bool(pa.types.is_string(array.type) or pa.types.is_large_string(array.type))


def as_text(array: Any) -> Any:
    """Any column as text: whole floats without a point, instants in ISO form."""
    if is_text(array):
        return array.cast(pa.string())
    if pa.types.is_floating(array.type):
        whole = pc.equal(pc.floor(array), array)
        safe = pc.if_else(pc.and_(whole, pc.less(pc.abs(array), 1e15)), array, 0.0)
        return pc.if_else(whole, safe.cast(pa.int64()).cast(pa.string()), array.cast(pa.string()))
    return array.cast(pa.string())


def keys(array: Any, *, clean: Callable[[str], str | None] | None = None) -> Any:
    """A column as trimmed text in NFC; empty cells and words for "none" become null.

    `clean` is given each different text and may answer another one, or None.
    """
    encoded = pc.dictionary_encode(as_text(array))
    words = [_clean(word, clean) for word in encoded.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(encoded.indices)


def _clean(word: str | None, further: Callable[[str], str | None] | None) -> str | None:
    if word is None or is_null(word):
        return None
    text = word.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    elif text.endswith(".0") and text[:-2].isdigit():
        text = text[:-2]  # a number that went through a spreadsheet
    return further(text) if further else text


def numbers(array: Any, decimal_sign: str) -> Numbers:
    """A column as whole millionths."""
    if pa.types.is_integer(array.type):
        values = pc.fill_null(array, 0).to_numpy(zero_copy_only=False).astype(np.int64)
        bad = np.abs(values) > LARGEST // ONE
        return Numbers(np.where(bad, 0, values) * ONE, _nulls(array), bad)
    if pa.types.is_floating(array.type) or pa.types.is_decimal(array.type):
        reals = pc.fill_null(array.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False)
        missing = np.isnan(reals)
        bad = np.abs(np.where(missing, 0, reals)) > LARGEST // ONE
        scaled = np.rint(np.where(missing | bad, 0.0, reals) * ONE)
        return Numbers(scaled.astype(np.int64), missing, bad)
    encoded = pc.dictionary_encode(as_text(array))
    words = encoded.dictionary.to_pylist()
    parsed = [None if is_null(word) else parse_number(word, decimal_sign) for word in words]
    missing = np.array([is_null(word) for word in words] + [True])
    values = np.array([value or 0 for value in parsed] + [0], dtype=np.int64)
    codes = pc.fill_null(encoded.indices, len(words)).to_numpy(zero_copy_only=False)
    unread = np.array([value is None for value in parsed] + [True]) & ~missing
    return Numbers(values[codes], missing[codes], unread[codes])


def moments(array: Any, style: DateStyle) -> Moments:
    """A column as moments; only columns of text and of numbers need the style."""
    if pa.types.is_timestamp(array.type):
        plain = pc.fill_null(array.cast(pa.timestamp("us"), safe=False).cast(pa.int64()), 0)
        micros = plain.to_numpy(zero_copy_only=False)
        zoned = np.full(len(micros), array.type.tz is not None)
        return _in_range(micros, zoned, _nulls(array))
    if pa.types.is_date(array.type):
        days = pc.fill_null(array.cast(pa.date32()).cast(pa.int32()), 0)
        micros = days.to_numpy(zero_copy_only=False).astype(np.int64) * DAY
        return _in_range(micros, np.zeros(len(micros), dtype=bool), _nulls(array))
    return _parsed(array, style)


def _in_range(micros: Whole, zoned: Mask, missing: Mask) -> Moments:
    days = micros // DAY
    bad = ~missing & ((days < -25_567) | (days >= 47_847))  # before 1900, after 2100
    return Moments(micros, days, zoned, missing, bad)


def _parsed(array: Any, style: DateStyle) -> Moments:
    encoded = pc.dictionary_encode(as_text(array))
    words = encoded.dictionary.to_pylist()
    parsed = [
        None if is_null(word) else parse_date(word, style) or parse_clear_date(word)
        for word in words
    ]
    codes = pc.fill_null(encoded.indices, len(words)).to_numpy(zero_copy_only=False)
    missing = np.array([is_null(word) for word in words] + [True])
    unread = np.array([moment is None for moment in parsed] + [True]) & ~missing
    micros = np.array([m.micros if m else 0 for m in parsed] + [0], dtype=np.int64)
    days = np.array([m.day if m else 0 for m in parsed] + [0], dtype=np.int64)
    zoned = np.array([bool(m and m.has_zone) for m in parsed] + [False])
    return Moments(micros[codes], days[codes], zoned[codes], missing[codes], unread[codes])


def _nulls(array: Any) -> Mask:
    mask: Mask = pc.is_null(array).to_numpy(zero_copy_only=False).astype(bool)
    return mask
