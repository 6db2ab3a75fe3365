"""Reports as text for a terminal. Pure: a report of `queries.report` in, lines out."""

from typing import Any

from amity.base.money import minor_digits

Row = tuple[str, ...]


def text_of(name: str, report: dict[str, Any]) -> str:
    """A report with its head: what was measured when, how, and how far to trust it."""
    head = f"As of {report['as_of']}, {report['model']}: {report['verdict']}. {report['reason']}"
    rows = _TABLES[name](report) if report["customers"] else []
    body = table(rows) if len(rows) > 1 else "Nothing to show: there is no purchase yet."
    return "\n".join([head, "", body, *(f"Note: {note}" for note in report["notes"])])


def table(rows: list[Row]) -> str:
    """Columns as wide as their widest cell; the first to the left, figures to the right."""
    width = [max(len(row[k]) for row in rows if k < len(row)) for k in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width[k]) if k == 0 else cell.rjust(width[k]) for k, cell in enumerate(row)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def amount(minor: float | None, currency: str) -> str:
    """Minor units as an amount with its code; empty where not known."""
    if minor is None:
        return ""
    digits = minor_digits(currency)
    return f"{minor / 10**digits:,.{digits}f} {currency}"


def _plain(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _value(report: dict[str, Any]) -> list[Row]:
    code = report["currency"]
    rows: list[Row] = [("tenth of customers", "customers", "value", "share", "purchases each")]
    rows += [
        (
            str(row["tenth"]),
            f"{row['customers']:,}",
            amount(row["value"], code),
            "" if row["share"] is None else f"{row['share']:.1%}",
            _plain(row["purchases"]),
        )
        for row in report.get("tenths", [])
    ]
    return rows


def _rfm(report: dict[str, Any]) -> list[Row]:
    code = report["currency"]
    rows: list[Row] = [("group", "customers", "still there", "value", "low", "high")]
    rows += [
        (
            row["name"],
            f"{row['customers']:,}",
            _still_there(row),
            amount(row["value"], code),
            amount(row["value_low"], code),
            amount(row["value_high"], code),
        )
        for row in report.get("groups", [])
    ]
    return rows


def _still_there(row: dict[str, Any]) -> str:
    if not row["customers"]:
        return ""
    if row["alive"] is None or row.get("alive_low") is None:
        return "not enough data"
    return f"{row['alive']:.0%} ({row['alive_low']:.0%}-{row['alive_high']:.0%})"


def _movement(report: dict[str, Any]) -> list[Row]:
    groups = report.get("groups", [])
    rows: list[Row] = [("from \\ to", *groups[1:])]
    rows += [
        (group, *(f"{count:,}" for count in line[1:]))
        for group, line in zip(groups, report.get("customers", []), strict=True)
    ]
    return rows


def _cohorts(report: dict[str, Any]) -> list[Row]:
    month = report.get("month", {"starts": []})
    ages = max((len(row) for row in month.get("share", [])), default=0)
    rows: list[Row] = [("first bought", "customers", *(str(age) for age in range(ages)))]
    for start, size, line in zip(
        month["starts"], month.get("sizes", []), month.get("share", []), strict=True
    ):
        cells = ("" if share is None else f"{share:.0%}" for share in line)
        rows.append((start[:7], f"{size:,}", *cells))
    return rows


def _whale(report: dict[str, Any]) -> list[Row]:
    code = report["currency"]
    rows: list[Row] = [("best share of customers", "contribution so far")]
    points = list(zip(report.get("share", []), report.get("cumulative", []), strict=True))
    rows += [(f"{share:.0%}", amount(value, code)) for share, value in points[:: _step(points)]]
    return rows


def _step(points: list[Any]) -> int:
    return max(1, round(len(points) / 10))


def _backtest(report: dict[str, Any]) -> list[Row]:
    rows: list[Row] = [("repeat purchases before", "customers", "actual mean", "expected mean")]
    rows += [
        (
            f"{row['frequency']}" + ("+" if row["frequency"] == 7 else ""),
            f"{row['customers']:,}",
            _plain(row["actual"], 4),
            _plain(row["expected"], 4),
        )
        for row in report.get("rows", [])
    ]
    if report.get("forecast") is not None:
        rows.append(
            ("all", "", f"{report['actual']:,} made", f"{report['forecast']:,.1f} expected")
        )
    return rows


def _contracts(report: dict[str, Any]) -> list[Row]:
    """Each group: a line on its model, then the share still there by renewals."""
    rows: list[Row] = [("renewals", "at risk", "seen", "low", "high", "model", "low", "high")]
    for group in report.get("groups", []):
        whose = group["name"] or "All contracts"
        rows.append((f"{whose}, every {group['months']} months: {group['model']}",))
        rows += [
            (str(age), "" if risk is None else f"{risk:,.0f}", *map(_share, shares))
            for age, (risk, *shares) in enumerate(zip(*group["curve"].values(), strict=True))
        ]
    return rows


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


_TABLES = {
    "value": _value,
    "rfm": _rfm,
    "movement": _movement,
    "cohorts": _cohorts,
    "contracts": _contracts,
    "whale": _whale,
    "backtest": _backtest,
}
