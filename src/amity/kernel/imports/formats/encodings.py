"""Which encoding and delimiter a text file has. Pure."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES = """cp1252 iso8859_15 cp1250 iso8859_2 cp1251 koi8_r cp1253 cp1254 cp1255 cp1256 cp1257
    shift_jis euc_jp gb18030 big5 euc_kr mac_roman cp437 cp850""".split()
DELIMITERS = (",", ";", "\t", "|")
SPACES = "spaces"  # columns parted by runs of spaces


def guess_encoding(sample: bytes) -> str:
    """The Python name of the encoding of `sample` (cut anywhere); `cp1252` where nothing fits."""
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    wide = _wide_encoding(sample)
    if wide:
        return wide
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return _legacy_encoding(sample)
    return "utf-8"


def _wide_encoding(sample: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of Western text is zero."""
    even, odd = sample[0:4000:2], sample[1:4000:2]
    if len(odd) < 2:
        return None
    if odd.count(0) > 0.6 * len(odd) and even.count(0) < 0.05 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.6 * len(even) and odd.count(0) < 0.05 * len(odd):
        return "utf-16-be"
    return None


def _legacy_encoding(sample: bytes) -> str:
    telling = b"\n".join(line for line in re.split(rb"[\r\n]+", sample) if not line.isascii())
    matches = from_bytes(telling[:200_000], cp_isolation=_CANDIDATES, threshold=0.35)
    best = matches.best()
    name = best.encoding if best else "cp1252"
    if name in {
        "cp1250",
        "iso8859_2",
        "iso8859_15",
        "cp437",
        "cp850",
        "mac_roman",
        "cp1254",
        "cp1257",
    }:
        return _western(telling, name)
    return name


def _western(telling: bytes, name: str) -> str:
    """Windows-1252 unless it makes stranger text than the encoding that was found."""
    try:
        western = telling.decode("cp1252")
        other = telling.decode(name)
    except UnicodeDecodeError:
        return name
    return "cp1252" if _strangeness(western) <= _strangeness(other) else name


def _strangeness(text: str) -> int:
    """How many characters are neither letters of words nor usual signs, beyond ASCII."""
    odd = sum(not (c.isalpha() or c in "€£§°–—‘’“”…«»¿¡ºª·\u00a0") for c in text if ord(c) > 127)  # noqa: RUF001 -- signs as written
    inner_capitals = len(re.findall(r"[a-zß-ÿ][À-ÞĄ-ŽŠŒ]", text))
    return 2 * odd + inner_capitals


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the cells of a text file are parted: `delimiter` is one character or `SPACES`."""

    delimiter: str
    columns: int


def guess_delimiter(lines: Sequence[str]) -> Dialect:
    """The delimiter that parts most lines into the same number (over one) of cells."""
    best, best_score = Dialect(",", 1), 0.0
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        score, width = _evenness(widths)
        if score > best_score:
            best, best_score = Dialect(delimiter, width), score
    if best_score == 0:
        widths = [len(line.split()) for line in lines if line.strip()]
        score, width = _evenness(widths)
        if score >= 0.9:
            return Dialect(SPACES, width)
    return best


def _evenness(widths: Sequence[int]) -> tuple[float, int]:
    if not widths:
        return 0.0, 1
    width, count = Counter(widths).most_common(1)[0]
    if width < 2:
        return 0.0, width
    return count / len(widths) + min(width, 20) / 1000, width
