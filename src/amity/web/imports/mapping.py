"""The second and third step: which column is which, and what the first rows become."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_noop

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.imports.analysis import Analysis, need_fields
from amity.kernel.imports.formats.dates import DateStyle
from amity.kernel.imports.formats.kinds import fields_of
from amity.kernel.imports.models import Import
from amity.kernel.imports.operations import analyze_file, change_settings, reopen
from amity.kernel.imports.preview import preview
from amity.kernel.imports.reading import reading_in_words
from amity.kernel.imports.settings import ImportSettings

DATE_STYLES = {
    DateStyle.YEAR_FIRST: gettext_noop("2024-03-31"),
    DateStyle.DAY_FIRST: gettext_noop("31.3.2024 or 31/3/2024"),
    DateStyle.MONTH_FIRST: gettext_noop("3/31/2024"),
    DateStyle.COMPACT: gettext_noop("20240331"),
    DateStyle.MONTH_NAME: gettext_noop("31 March 2024"),
    DateStyle.EXCEL: gettext_noop("45382 (spreadsheet serial)"),
    DateStyle.SECONDS: gettext_noop("1711843200 (seconds since 1970)"),
    DateStyle.MILLISECONDS: gettext_noop("1711843200000 (milliseconds)"),
}


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field with the column chosen for it, how sure the proposal is, and some cells."""

    name: str
    label: str
    column: str
    confidence: float | None
    cells: str


@requires("imports.run")
def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the proposed columns with samples; a POST keeps the choice and goes on."""
    row = get_object_or_404(Import, pk=pk)
    if row.status != Import.Status.UPLOADED:
        return redirect("import", pk=pk)
    try:
        analysis = _analysis(request, row)
        if request.method == "POST":
            change_settings(
                pk,
                settings=analysis.settings,
                names=analysis.file.names,
                actor=actor_of(request),
                at=now(),
            )
            return redirect("import_preview", pk=pk)
    except AmityError as error:
        return _page(request, row, reopen(row), error=str(error), status=422)
    return _page(request, row, analysis)


def _analysis(request: HttpRequest, row: Import) -> Analysis:
    """The file with what the form says; with what is stored where nothing was sent."""
    if request.method != "POST":
        return reopen(row)
    given = request.POST
    fields = [f.name for f in fields_of(row.kind)]
    chosen: dict[str, Any] = {
        "mapping": {name: given.get(f"map_{name}", "") for name in fields},
        "drop_duplicates": "drop_duplicates" in given,
        "source": given.get("source", "").strip()[:50],
    }
    if given.get("decimal") in {".", ","}:
        chosen["decimal_sign"] = given["decimal"]
    if given.get("date_style") in set(DateStyle):
        chosen["date_style"] = given["date_style"]
    if given.get("amounts") in {"major", "minor"}:
        chosen["amounts_in_minor"] = given["amounts"] == "minor"
    currency = given.get("currency", "").strip().upper()
    if len(currency) == 3 and currency.isalpha():
        chosen["currency"] = currency
    stored = ImportSettings.from_json(row.options).to_json()
    for name in ("encoding", "delimiter", "has_header", "skip_rows", "sheet"):
        if stored[name] is not None:
            chosen[name] = stored[name]
    return analyze_file(Path(row.file_path), row.kind, chosen)


def _page(
    request: HttpRequest, row: Import, analysis: Analysis, *, error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "row": row,
        "error": error,
        "lines": field_lines(analysis),
        "columns": analysis.file.names,
        "settings": analysis.settings,
        "reading": reading_in_words(analysis.file, analysis.settings),
        "told_currency": analysis.proposal.currency,
        "date_styles": [(style.value, label) for style, label in DATE_STYLES.items()],
        "has_amounts": row.kind not in {Import.Kind.CUSTOMERS, Import.Kind.PRODUCTS},
    }
    return render(request, "web/imports/mapping.html", context, status=status)


def field_lines(analysis: Analysis) -> list[FieldLine]:
    """The fields of the kind, those with a column first."""
    cells = {sample.name: sample.cells for sample in analysis.samples}
    lines = []
    for field in fields_of(analysis.settings.kind):
        column = analysis.settings.mapping.get(field.name, "")
        known = [cell for cell in cells.get(column, ())[:200] if cell.strip()]
        shown = ", ".join(dict.fromkeys(cell[:30] for cell in known[:20]))[:120]
        confidence = analysis.proposal.confidence.get(field.name) if column else None
        lines.append(FieldLine(field.name, field.label, column, confidence, shown))
    return sorted(lines, key=lambda line: not line.column)


@requires("imports.run")
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """The first rows as they are understood, and the first problems."""
    row = get_object_or_404(Import, pk=pk)
    if row.status != Import.Status.UPLOADED:
        return redirect("import", pk=pk)
    try:
        analysis = reopen(row)
        need_fields(analysis.settings, analysis.file.names)
        seen = preview(analysis)
    except AmityError as error:
        return _page(request, row, reopen(row), error=str(error), status=422)
    labels = {field.name: field.label for field in fields_of(row.kind)}
    return render(
        request,
        "web/imports/preview.html",
        {"row": row, "preview": seen, "labels": labels, "settings": analysis.settings},
    )
