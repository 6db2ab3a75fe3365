"""Looks at a file before it is taken in: its columns, the proposed mapping, how it is written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from amity.base.results import AmityError
from amity.kernel.imports import values
from amity.kernel.imports.files.batches import Batch, TableFile
from amity.kernel.imports.files.opening import open_table
from amity.kernel.imports.formats.fields import Content
from amity.kernel.imports.formats.kinds import fields_of, needs_of
from amity.kernel.imports.formats.mapping import Proposal, Sample, propose, styles_for
from amity.kernel.imports.settings import ImportSettings

SAMPLE_ROWS = 5_000


CUSTOM = re.compile(r"custom\.[a-z0-9_-]{1,50}")  # a custom field of customers


class MappingError(AmityError):
    """The columns cannot be taken for the fields that are needed."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """A file as it was understood; `settings` are complete, `samples` the columns' first cells."""

    file: TableFile
    settings: ImportSettings
    proposal: Proposal
    samples: tuple[Sample, ...]


def analyze(path: Path, settings: ImportSettings, *, chosen: Mapping[str, Any]) -> Analysis:
    """The file with all that was not chosen found out.

    `chosen` are the settings that the person gave: they stand, whatever the file looks like; an
    entry of `mapping` stands beside those that are proposed, and an empty column takes one away.

    Raises:
        FileError: it cannot be read.
        MappingError: a chosen column is not there, or a needed field has none.
    """
    settings = replace(settings, **{k: v for k, v in chosen.items() if k != "mapping"})
    file = open_table(path, settings.text_options())
    first = next(iter(file.batches(file.names, rows=SAMPLE_ROWS)), None)
    samples = tuple(_sample(name, first) for name in file.names)
    semicolons = file.describe().get("delimiter") == ";"
    own = settings.currency
    proposal = propose(
        settings.kind,
        samples,
        has_header=file.has_header,
        semicolons=semicolons,
        currency=own,
    )
    mapping = {**proposal.mapping, **_columns(chosen.get("mapping", {}), file.names, settings.kind)}
    mapping = {name: column for name, column in mapping.items() if column}
    if mapping != proposal.mapping:
        proposal = replace(
            styles_for(settings.kind, samples, mapping, semicolons=semicolons, currency=own),
            preset=proposal.preset,
            confidence={**proposal.confidence, **dict.fromkeys(chosen.get("mapping", {}), 1.0)},
        )
    settings = _complete(settings, proposal, mapping, file, chosen)
    return Analysis(file, _with_prefix(settings, samples, chosen), proposal, samples)


def _sample(name: str, batch: Batch | None) -> Sample:
    if batch is None:
        return Sample(name, ())
    array = batch.columns[name]
    typed = pa.types.is_temporal(array.type)
    cells = tuple("" if cell is None else cell for cell in values.as_text(array).to_pylist())
    return Sample(name, cells, Content.DATE if typed else None)


def _columns(chosen: Mapping[str, str], names: Sequence[str], kind: str) -> dict[str, str]:
    """The chosen columns as the file writes them, found in any case or by number from 1."""
    fields = {f.name for f in fields_of(kind)}
    if kind == "customers":
        fields |= {name for name in chosen if CUSTOM.fullmatch(name)}
    by_name = {name.lower(): name for name in reversed(names)}
    found: dict[str, str] = {}
    for field, column in chosen.items():
        if field not in fields:
            raise MappingError(f"There is no field {field!r}. Use {', '.join(sorted(fields))}.")
        if not column:
            found[field] = ""
        elif column.lower() in by_name:
            found[field] = by_name[column.lower()]
        elif column.isdigit() and 1 <= int(column) <= len(names):
            found[field] = names[int(column) - 1]
        else:
            raise MappingError(f"There is no column {column!r}. The file has {', '.join(names)}.")
    return found


def _complete(
    settings: ImportSettings,
    proposal: Proposal,
    mapping: dict[str, str],
    file: TableFile,
    chosen: Mapping[str, Any],
) -> ImportSettings:
    shape = file.describe()
    guessed: dict[str, Any] = {
        "preset": proposal.preset,
        "encoding": shape.get("encoding"),
        "delimiter": shape.get("delimiter"),
        "has_header": shape.get("header"),
        "skip_rows": shape.get("skip_rows"),
        "sheet": shape.get("sheet"),
        "decimal_sign": proposal.decimal_sign,
        "decimal_certain": proposal.decimal_certain or "decimal_sign" in chosen,
        "date_style": proposal.date_style,
        "date_certain": proposal.date_certain or "date_style" in chosen,
        "amounts_in_minor": proposal.amounts_in_minor,
        "currency": proposal.currency or settings.currency,
        "source": proposal.preset.partition("_")[0],
    }
    unchosen = {name: value for name, value in guessed.items() if name not in chosen}
    return replace(settings, mapping=mapping, **unchosen)


def _with_prefix(
    settings: ImportSettings, samples: Sequence[Sample], chosen: Mapping[str, Any]
) -> ImportSettings:
    """A `C` before the number marks a cancellation where most numbers are digits alone."""
    column = settings.mapping.get("order")
    if "cancellation_prefix" in chosen or settings.kind != "orders" or column is None:
        return settings
    cells = next(sample.cells for sample in samples if sample.name == column)
    known = [cell for cell in cells if cell]
    digits = sum(cell.isdigit() for cell in known)
    usual = bool(known) and digits > 0.5 * len(known)
    return replace(settings, cancellation_prefix="C" if usual else "")


def need_fields(settings: ImportSettings, names: Sequence[str]) -> None:
    """Checks that the fields are there without which nothing can be taken in.

    Raises:
        MappingError: which one is missing, and how to name its column.
    """
    mapping = settings.mapping
    for group in needs_of(settings.kind):
        if not set(group) & set(mapping):
            words = " or ".join(group)
            raise MappingError(
                f"No column was found for the {words}. Name it with --map {group[0]}=COLUMN. The"
                f" file has {', '.join(names)}."
            )


def preview_rows(analysis: Analysis, count: int) -> list[dict[str, str]]:
    """The first rows, by field, as the file writes them."""
    mapping = analysis.settings.mapping
    cells = {sample.name: sample.cells for sample in analysis.samples}
    rows = zip(*(cells[column] for column in mapping.values()), strict=True)
    return [dict(zip(mapping, row, strict=True)) for row in islice(rows, count)]


def column_cells(batch: Batch, name: str) -> list[str]:
    """The different cells of a column as text, for judging how they are written."""
    cells = pc.unique(values.as_text(batch.columns[name])).to_pylist()
    return [cell for cell in cells if cell]
