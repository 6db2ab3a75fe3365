"""Contacts as vCards (2.1, 3.0, 4.0; RFC 6350), read card by card as rows of a table."""

import quopri
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from amity.kernel.imports.files.batches import (
    BATCH_ROWS,
    MAX_FIELD,
    MAX_LINE,
    Batch,
    FileError,
    TextOptions,
    text_columns,
)
from amity.kernel.imports.formats.encodings import guess_encoding

NAMES = (
    "Name", "Given Name", "Family Name", "E-mail", "E-mail 2", "Phone", "Phone 2", "Company",
    "Job Title", "City", "Country", "Categories", "Birthday", "Note",
)  # fmt: skip
_LINE = re.compile(r"(?s)(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)((?:;(?:[^;:\"]|\"[^\"]*\")*)*):(.*)")
_SKIPPED = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})  # large, and of no use here


class VCardFile:
    """A file of vCards; its columns are always the same."""

    kind = "vcard"
    has_header = True
    names: tuple[str, ...] = NAMES

    def __init__(self, path: Path, options: TextOptions) -> None:
        self.path = path
        self.size = path.stat().st_size
        with path.open("rb") as stream:
            self.encoding = options.encoding or guess_encoding(stream.read(1_000_000))
        self.estimated_rows = max(1, self.size // 300)

    def describe(self) -> dict[str, object]:
        return {"format": self.kind, "encoding": self.encoding, "header": True}

    def batches(self, wanted: Sequence[str], *, rows: int = BATCH_ROWS) -> Iterator[Batch]:
        cards = _cards(self._lines())
        first = 1
        while piece := list(islice(cards, rows)):
            numbers = np.arange(first, first + len(piece), dtype=np.int64)
            first += len(piece)
            columns = text_columns(piece, self.names, wanted)
            yield Batch(numbers, columns, [], self.size)
        if first == 1:
            raise FileError("The file has no whole vCard. Export the contacts again.")

    def _lines(self) -> Iterator[str]:
        """Whole lines: folded ones are joined, soft breaks of quoted-printable too."""
        held = ""
        with self.path.open(encoding=self.encoding, errors="replace") as stream:
            while line := stream.readline(MAX_LINE):
                line = line.rstrip("\r\n")
                if line[:1] in {" ", "\t"} and held:
                    held += line[1:]
                elif held.endswith("=") and "QUOTED-PRINTABLE" in held.upper():
                    held = held[:-1] + line
                else:
                    yield held
                    held = line
                held = held[:MAX_LINE]
        yield held


def _cards(lines: Iterator[str]) -> Iterator[list[str]]:
    card: dict[str, list[str]] | None = None
    for line in lines:
        upper = line.strip().upper()
        if upper == "BEGIN:VCARD":
            card = {}
        elif upper == "END:VCARD" and card is not None:
            yield _row(card)
            card = None
        elif card is not None and (match := _LINE.fullmatch(line)):
            name, parameters, value = match.groups()
            if name.upper() not in _SKIPPED:
                card.setdefault(name.upper(), []).append(_value(value, parameters.upper()))


def _value(value: str, parameters: str) -> str:
    if "QUOTED-PRINTABLE" not in parameters:
        return value[:MAX_FIELD]
    charset = re.search(r"CHARSET=\"?([A-Z0-9-]+)", parameters)
    raw = quopri.decodestring(value.encode("utf-8", "replace"))
    try:
        return raw.decode(charset.group(1) if charset else "utf-8", "replace")[:MAX_FIELD]
    except LookupError:
        return raw.decode("utf-8", "replace")[:MAX_FIELD]


def _row(card: dict[str, list[str]]) -> list[str]:
    family, given = _parts(card, "N", 2)
    _, _, _, city, _, _, country = _parts(card, "ADR", 7)
    emails = [text.removeprefix("mailto:") for text in card.get("EMAIL", [])]
    phones = [text.removeprefix("tel:") for text in card.get("TEL", [])]
    return [
        _plain(card.get("FN", [""])[0]) or f"{given} {family}".strip(),
        given,
        family,
        *_first(emails, 2),
        *_first(phones, 2),
        _parts(card, "ORG", 1)[0],
        _plain(card.get("TITLE", [""])[0]),
        city,
        country,
        _plain(card.get("CATEGORIES", [""])[0]),
        _plain(card.get("BDAY", [""])[0]),
        _plain(card.get("NOTE", [""])[0]),
    ]


def _first(texts: list[str], count: int) -> list[str]:
    return [_plain(text) for text in [*texts, *[""] * count][:count]]


def _parts(card: dict[str, list[str]], name: str, count: int) -> list[str]:
    """The parts of a value that semicolons divide."""
    parts = re.split(r"(?<!\\);", card.get(name, [""])[0])
    return _first(parts, count)


def _plain(text: str) -> str:
    return re.sub(r"\\([\\,;])", r"\1", re.sub(r"\\[nN]", "\n", text)).strip()
