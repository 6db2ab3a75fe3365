"""What was spent to win customers, from a file: `amity import spend`.

A row is an amount at a touchpoint on a day or in a month; the rows of one month and touchpoint are
added up, so a file may have a line a day or a campaign. The sum holds, as an entry by hand would.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from amity.base.money import minor_digits
from amity.base.text import fold
from amity.base.time import from_day_number
from amity.kernel.access.operations import company
from amity.kernel.imports import values
from amity.kernel.imports.files.batches import Batch, Reject
from amity.kernel.imports.formats.dates import DateStyle
from amity.kernel.imports.formats.fields import read_fields
from amity.kernel.imports.models import ImportChange
from amity.kernel.imports.operations import ImportStateError
from amity.kernel.imports.order_rows import Rejection
from amity.kernel.imports.row_import import Taken, Work
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.values import ONE, Whole
from amity.kernel.touchpoints.models import Touchpoint
from amity.measure.insight.models import AcquisitionSpend

FIELDS = read_fields("amity.measure.insight", "spend.toml")["spend"]
CHANGE = "spend"  # how changes of it are kept
MOST_MINOR = 10**15
_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})")
Cell = tuple[date, int]  # first day of the month, touchpoint


@dataclass(frozen=True, slots=True)
class Row:
    """An amount in minor units of the company's currency, in a month at a touchpoint."""

    cell: Cell
    amount_minor: int


def check(batch: Batch, settings: ImportSettings) -> list[Reject]:
    """The rows of a batch that could not be taken, but for months that are yet to come."""
    return _read(batch, settings, None)[1]


def take(batch: Batch, work: Work) -> Taken:
    """Writes the sums of a batch; counts are of rows.

    A batch has all rows of a touchpoint in one spelling; those in another may follow in a later
    batch of the same import, and are added.
    """
    rows, rejects = _read(batch, work.settings, work.at.date())
    sums, sizes = Counter[Cell](), Counter[Cell]()
    for row in rows:
        sums[row.cell] += row.amount_minor
        sizes[row.cell] += 1
    known = _known(sums)
    new = [cell for cell in sums if cell not in known]
    _add_what_went_before(sums, known, work)
    changed = [cell for cell, row in known.items() if row.amount_minor != sums[cell]]
    for cell, amount in sums.items():
        _write(cell, amount, known.get(cell), work)
    return Taken(
        created=sum(sizes[cell] for cell in new),
        changed=sum(sizes[cell] for cell in changed),
        accepted=len(rows),
        rejects=rejects,
    )


def undo(import_id: int, at: datetime) -> dict[str, int]:
    """Takes back what an import entered and puts back what it replaced.

    What somebody has entered otherwise since stays as it is.

    Raises:
        ImportStateError: a later import entered the same.
    """
    changes = ImportChange.objects.filter(import_id=import_id, object_type=CHANGE)
    _need_last(import_id)
    told = {"spend_restored": 0, "spend_removed": 0, "spend_kept": 0}
    rows = AcquisitionSpend.objects.in_bulk(changes.values_list("object_id", flat=True))
    for change in changes:
        row = rows.get(change.object_id)
        if row is not None:
            told[_undo(row, change.before, at)] += 1
    changes.delete()
    return told


def _undo(row: AcquisitionSpend, before: dict[str, Any], at: datetime) -> str:
    if row.amount_minor != before["entered"]:
        return "spend_kept"
    if before["amount_minor"] is None:
        row.delete()
        return "spend_removed"
    row.amount_minor, row.entered_by, row.entered_at = before["amount_minor"], before["by"], at
    row.save()
    return "spend_restored"


def _need_last(import_id: int) -> None:
    own = ImportChange.objects.filter(import_id=import_id, object_type=CHANGE)
    later = (
        ImportChange.objects.filter(import_id__gt=import_id, object_type=CHANGE)
        .filter(object_id__in=own.values("object_id"))
        .order_by("-import_id")
        .first()
    )
    if later is not None:
        raise ImportStateError(
            f"Import {later.import_id} entered spend of the same months. Take that one back first: "
            f"amity import undo {later.import_id}"
        )


def _add_what_went_before(
    sums: Counter[Cell], known: Mapping[Cell, AcquisitionSpend], work: Work
) -> None:
    """Adds what earlier batches of the same import entered in the same cells."""
    ours = ImportChange.objects.filter(
        import_id=work.import_id,
        object_type=CHANGE,
        object_id__in=[row.pk for row in known.values()],
    )
    entered = {change.object_id: change.before["entered"] for change in ours}
    for cell, row in known.items():
        sums[cell] += entered.get(row.pk, 0)


def _write(cell: Cell, amount: int, known: AcquisitionSpend | None, work: Work) -> None:
    month, touchpoint = cell
    before = {
        "amount_minor": known.amount_minor if known else None,
        "by": known.entered_by if known else "",
    }
    row = known or AcquisitionSpend(month=month, touchpoint_id=touchpoint)
    if known is None or known.amount_minor != amount:
        row.amount_minor, row.entered_at = amount, work.at
        row.entered_by = f"Import {work.import_id}"
        row.save()
    change, _ = ImportChange.objects.get_or_create(
        import_id=work.import_id,
        object_type=CHANGE,
        object_id=row.pk,
        defaults={"before": before},
    )
    change.before = {**change.before, "entered": amount}
    change.save(update_fields=["before"])


def _known(cells: Mapping[Cell, int]) -> dict[Cell, AcquisitionSpend]:
    months, points = {month for month, _ in cells}, {point for _, point in cells}
    rows = AcquisitionSpend.objects.filter(month__in=months, touchpoint__in=points)
    found = {(row.month, row.touchpoint_id): row for row in rows}
    return {cell: found[cell] for cell in cells if cell in found}


def _read(
    batch: Batch, settings: ImportSettings, today: date | None
) -> tuple[list[Row], list[Reject]]:
    """The rows that can be taken, and those that cannot, each for its first reason."""
    rejection = Rejection(batch, np.ones(len(batch.numbers), dtype=bool), [])
    everything = np.ones(len(batch.numbers), dtype=bool)
    if settings.currency != company().currency:
        rejection.refuse(everything, "amount", "not_our_currency")
    points = _points(rejection, settings.mapping["touchpoint"])
    months = _months(rejection, settings, today)
    amounts = _amounts(rejection, settings)
    rows = zip(rejection.taken.tolist(), months, points, amounts, strict=True)
    found = [
        Row((month, point), amount)
        for is_taken, month, point, amount in rows
        if is_taken and month is not None and point is not None
    ]
    return found, rejection.rejects


def _points(rejection: Rejection, column: str) -> list[int | None]:
    """The touchpoint of each row, by its key or its name."""
    known: dict[str, int] = {}
    for pk, key, name in Touchpoint.objects.order_by("-pk").values_list("pk", "key", "name"):
        known |= {fold(name): pk, fold(key): pk}
    words = values.keys(rejection.batch.columns[column]).to_pylist()
    missing = np.array([word is None for word in words], dtype=bool)
    rejection.refuse(missing, "touchpoint", "missing_key", column)
    found = [None if word is None else known.get(fold(word)) for word in words]
    unknown = np.array([point is None for point in found], dtype=bool)
    rejection.refuse(unknown, "touchpoint", "unknown_touchpoint", column)
    return found


def _months(
    rejection: Rejection, settings: ImportSettings, today: date | None
) -> list[date | None]:
    """The first day of each row's month; a cell may name the month alone, as 2026-03 or 03/2026."""
    field = "date" if "date" in settings.mapping else "month"
    column = settings.mapping[field]
    cells = rejection.batch.columns[column]
    if values.is_text(cells):
        cells = values.keys(cells, clean=_whole_day)
    moments = values.moments(cells, DateStyle(settings.date_style))
    rejection.refuse(moments.missing, field, "missing_date", column)
    rejection.refuse(moments.bad, field, "bad_date", column)
    there = ~(moments.missing | moments.bad)
    found = [
        from_day_number(day).replace(day=1) if is_there else None
        for day, is_there in zip(moments.days.tolist(), there.tolist(), strict=True)
    ]
    late = [bool(today and month and month > today) for month in found]
    rejection.refuse(np.array(late, dtype=bool), field, "yet_to_come", column)
    return found


def _whole_day(word: str) -> str:
    """The first day of a month that is named alone; any other text as it is."""
    match = _MONTH.fullmatch(word)
    if match is None:
        return word
    year, month = match[1] or match[4], match[2] or match[3]
    return f"{year}-{int(month):02}-01"


def _amounts(rejection: Rejection, settings: ImportSettings) -> list[int]:
    column = settings.mapping["amount"]
    found = values.numbers(rejection.batch.columns[column], settings.decimal_sign)
    minor = _minor(found.values, settings)
    out = np.array([not 0 <= amount <= MOST_MINOR for amount in minor], dtype=bool)
    rejection.refuse(found.missing | found.bad | out, "amount", "bad_number", column)
    return minor


def _minor(millionths: Whole, settings: ImportSettings) -> list[int]:
    digits = 0 if settings.amounts_in_minor else minor_digits(settings.currency)
    return [
        int((Decimal(value) * 10**digits / ONE).to_integral_value())
        for value in millionths.tolist()
    ]
