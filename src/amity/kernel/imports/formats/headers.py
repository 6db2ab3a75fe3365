"""Whether and where a table has a header. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from amity.kernel.imports.formats.dates import DateStyle, parse_date
from amity.kernel.imports.formats.fields import is_known_name
from amity.kernel.imports.formats.numbers import is_null, parse_number


@dataclass(frozen=True, slots=True)
class Header:
    """`skip` rows (titles) come before the header, or the data where there is none."""

    skip: int
    has_header: bool
    names: tuple[str, ...]


def find_header(
    rows: Sequence[Sequence[str]], *, has_header: bool | None, skip: int | None
) -> Header:
    """The header among the first rows; `has_header` and `skip` are what the person said, if so."""
    if skip is None:
        skip = 0 if has_header is False else _titles(rows)
    rest = rows[skip:]
    first = rest[0] if rest else []
    if has_header is None:
        has_header = _looks_like_header(first, rest[1:])
    names = first if has_header else [f"Column {n}" for n in range(1, len(first) + 1)]
    return Header(skip, has_header, tuple(names))


def _titles(rows: Sequence[Sequence[str]]) -> int:
    """How many rows of titles stand above the table: rows much narrower than the others."""
    widths = Counter(len(row) for row in rows)
    width = widths.most_common(1)[0][0]
    if width < 2:
        return 0
    for position, row in enumerate(rows[:20]):
        filled = sum(bool(cell.strip()) for cell in row)
        if filled * 2 > width or is_known_name(row[0]):
            return position
    return 0


def _looks_like_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    if any(_is_value(cell) for cell in first):
        return False
    known = sum(is_known_name(cell) for cell in first)
    if known:
        return True
    names = [cell.strip().lower() for cell in first if cell.strip()]
    if len(set(names)) < len(names) or not rest:
        return not rest and bool(names)
    columns = zip(*(row for row in rest if len(row) == len(first)), strict=True)
    return any(
        all(_is_value(cell) for cell in column if cell) and any(column) for column in columns
    )


def _is_value(cell: str) -> bool:
    text = cell.strip()
    if not text or is_null(text):
        return False
    if parse_number(text, ".") is not None or parse_number(text, ",") is not None:
        return True
    return "@" in text or any(
        parse_date(text, style)
        for style in (DateStyle.YEAR_FIRST, DateStyle.DAY_FIRST, DateStyle.MONTH_FIRST)
    )
