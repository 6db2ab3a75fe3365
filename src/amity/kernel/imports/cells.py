"""What readers of a capability's files share: cells of a batch as Python values, and refusals."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from amity.kernel.imports import values
from amity.kernel.imports.assembly import utc_instants
from amity.kernel.imports.files.batches import Batch
from amity.kernel.imports.formats.dates import DateStyle
from amity.kernel.imports.order_rows import Rejection
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.values import Mask

LONGEST_KEY = 150  # characters
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Cells = list[Any]


@dataclass(frozen=True, slots=True)
class Instants:
    """A column of instants in UTC; None where the cell is empty (`missing`) or none."""

    cells: list[datetime | None]
    missing: Mask


def where(cells: Cells, test: Callable[[Any], bool]) -> Mask:
    """The rows whose cell passes a test."""
    return np.fromiter(map(test, cells), dtype=bool, count=len(cells))


def needed_keys(
    rejection: Rejection, settings: ImportSettings, field: str, reason: str
) -> list[str | None]:
    """A field that every row names something by; empty and endless ones are refused."""
    column = settings.mapping[field]
    cells: list[str | None] = values.keys(rejection.batch.columns[column]).to_pylist()
    rejection.refuse(where(cells, lambda cell: cell is None), field, reason)
    too_long = where(cells, lambda cell: len(cell or "") > LONGEST_KEY)
    rejection.refuse(too_long, field, "text_too_long", column)
    return cells


def texts(batch: Batch, column: str, limit: int) -> list[str]:
    """A column of texts, cut at so many characters."""
    cells = values.keys(batch.columns[column], clean=lambda word: word.replace("\x00", "")[:limit])
    return [cell or "" for cell in cells.to_pylist()]


def instants(rejection: Rejection, settings: ImportSettings, field: str) -> Instants:
    """A mapped field of instants; what is none is refused."""
    column = settings.mapping[field]
    moments = values.moments(rejection.batch.columns[column], DateStyle(settings.date_style))
    rejection.refuse(moments.bad, field, "bad_date", column)
    micros = utc_instants(moments.micros, moments.zoned, settings.time_zone)
    there = ~(moments.missing | moments.bad)
    cells = [
        _EPOCH + timedelta(microseconds=instant) if is_there else None
        for instant, is_there in zip(micros.tolist(), there.tolist(), strict=True)
    ]
    return Instants(cells, moments.missing)


def refuse_ends_before(
    rejection: Rejection,
    settings: ImportSettings,
    field: str,
    begins: list[datetime | None],
    ends: list[datetime | None],
) -> None:
    """Refuses rows that end, in `field`, before they begin."""
    pairs = zip(begins, ends, strict=True)
    before = [bool(begun and ended and ended < begun) for begun, ended in pairs]
    mask = np.array(before, dtype=bool)
    rejection.refuse(mask, field, "ends_before_it_begins", settings.mapping[field])
