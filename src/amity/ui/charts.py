"""A chart as data: the question it answers, an ECharts option, and the same figures as a table.

Colors in an option are names of tokens ("@accent", "@muted", "@rel-personal"); the browser replaces
them by the values of the theme, so that one option serves light, dark and print.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Value = float | int | None
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """What the macro `chart` draws. `columns` and `rows` are its table; `formats` how to show it.

    `formats` has one of "", "number", "percent" or "money" per column (default: as it is).
    """

    title: str
    option: dict[str, Any]
    columns: Sequence[str]
    rows: Sequence[Row]
    note: str = ""
    currency: str = ""
    formats: Sequence[str] = field(default_factory=tuple)
    size: str = ""  # "sm", "" or "lg"


def _axis(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, **more}


def _tabulate(labels: Sequence[Any], series: dict[str, Sequence[Value]]) -> list[Row]:
    return [
        (label, *(values[index] for values in series.values()))
        for index, label in enumerate(labels)
    ]


def bars(
    title: str,
    labels: Sequence[Any],
    series: dict[str, Sequence[Value]],
    *,
    x: str = "",
    y: str = "",
    stacked: bool = False,
    horizontal: bool = False,
    colors: Sequence[str] = (),
    **more: Any,
) -> Chart:
    """Bars from an honest zero; one color per series."""
    category, value = _axis(x, "category", data=list(labels)), _axis(y, "value")
    option = {
        "xAxis": value if horizontal else category,
        "yAxis": {**category, "inverse": True} if horizontal else value,
        "series": [
            {"type": "bar", "name": name, "data": list(values), "barMaxWidth": 36}
            | ({"stack": "all"} if stacked else {})
            for name, values in series.items()
        ],
    }
    return _chart(title, option, labels, series, x=x, colors=colors, more=more)


def lines(
    title: str,
    labels: Sequence[Any],
    series: dict[str, Sequence[Value]],
    *,
    x: str = "",
    y: str = "",
    band: tuple[Sequence[Value], Sequence[Value]] | None = None,
    colors: Sequence[str] = (),
    **more: Any,
) -> Chart:
    """Lines over an ordered axis; `band` (lows, highs) is the interval of the first line."""
    drawn: list[dict[str, Any]] = [
        {"type": "line", "name": name, "data": list(values), "showSymbol": len(labels) < 25}
        for name, values in series.items()
    ]
    if band is not None:
        low, high = band
        wide = [None if a is None or b is None else b - a for a, b in zip(low, high, strict=True)]
        quiet = {"type": "line", "stack": "band", "silent": True, "showSymbol": False}
        drawn += [
            quiet | {"data": list(low), "lineStyle": {"opacity": 0}},
            quiet
            | {
                "data": wide,
                "lineStyle": {"opacity": 0},
                "areaStyle": {"color": "@accent", "opacity": 0.16},
            },
        ]
        series = {**series, "Low": low, "High": high}
    option = {
        "xAxis": _axis(x, "category", data=list(labels), boundaryGap=False),
        "yAxis": _axis(y, "value"),
        "series": drawn,
    }
    return _chart(title, option, labels, series, x=x, colors=colors, more=more)


def heatmap(
    title: str,
    columns: Sequence[Any],
    rows: Sequence[Any],
    values: Sequence[Sequence[Value]],
    *,
    x: str = "",
    y: str = "",
    top: float | None = None,
    value_format: str = "number",
    **more: Any,
) -> Chart:
    """A grid of cells, darker where the value is larger; `values[row][column]`, None is empty."""
    known = [value for line in values for value in line if value is not None]
    data = [
        [column, row, value]
        for row, line in enumerate(values)
        for column, value in enumerate(line)
        if value is not None
    ]
    option = {
        "xAxis": _axis(x, "category", data=list(columns)),
        "yAxis": _axis(y, "category", data=list(rows), inverse=True, nameLocation="start"),
        "visualMap": {
            "min": 0,
            "max": top if top is not None else max(known, default=1),
            "inRange": {"color": ["@heat-0", "@heat-1", "@heat-2", "@heat-3"]},
            "show": False,
        },
        "series": [
            {
                "type": "heatmap",
                "data": data,
                "label": {"show": len(data) <= 200},
                "labelLayout": {"hideOverlap": True},
            }
        ],
        "format": value_format,
    }
    table = [(label, *line) for label, line in zip(rows, values, strict=True)]
    more.setdefault("formats", ("", *(value_format for _ in columns)))
    return Chart(title, option, (y or x, *map(str, columns)), table, **more)


def scatter(
    title: str,
    points: Sequence[tuple[float, float, str]],
    *,
    x: str,
    y: str,
    log: bool = False,
    **more: Any,
) -> Chart:
    """Points (x, y, name)."""
    kind = "log" if log else "value"
    option = {
        "xAxis": _axis(x, kind),
        "yAxis": _axis(y, kind),
        "series": [
            {
                "type": "scatter",
                "symbolSize": 8,
                "data": [{"value": [a, b], "name": name} for a, b, name in points],
            }
        ],
    }
    rows = [(name, a, b) for a, b, name in points]
    return Chart(title, option, ("", x, y), rows, **more)


def sankey(
    title: str, links: Sequence[tuple[str, str, float]], *, value: str = "", **more: Any
) -> Chart:
    """Flows (from, to, how much)."""
    names = list(dict.fromkeys(name for source, target, _ in links for name in (source, target)))
    option = {
        "series": [
            {
                "type": "sankey",
                "data": [{"name": name} for name in names],
                "links": [{"source": a, "target": b, "value": size} for a, b, size in links],
            }
        ]
    }
    return Chart(title, option, ("From", "To", value or "Flow"), list(links), **more)


def _chart(
    title: str,
    option: dict[str, Any],
    labels: Sequence[Any],
    series: dict[str, Sequence[Value]],
    *,
    x: str,
    colors: Sequence[str],
    more: dict[str, Any],
) -> Chart:
    if colors:
        option["color"] = list(colors)
    return Chart(title, option, (x, *series), _tabulate(labels, series), **more)
