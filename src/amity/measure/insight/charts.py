"""The charts of the pages: stored reports in, `amity.ui.charts` out."""

from datetime import date
from typing import Any

from babel.dates import format_date
from django.utils.translation import gettext as _

from amity.measure.insight.models import MeasureRun
from amity.ui import charts, formats

Json = dict[str, Any]
SCORES = [str(score) for score in range(1, 6)]


def histogram(run: MeasureRun) -> charts.Chart:
    """Customers by value to come."""
    rows = run.reports["value"]["histogram"]
    return charts.bars(
        _("What is a customer worth?"),
        [_bin(row, run.currency) for row in rows],
        {_("Customers"): [row["customers"] for row in rows]},
        x=_("Value in the next %(n)s months") % {"n": run.months},
        y=_("Customers"),
        note=_("Customers by expected contribution, discounted."),
        formats=("", "number"),
    )


def tenths(run: MeasureRun) -> charts.Chart:
    """Share of all value by tenth of the customers."""
    rows = run.reports["value"]["tenths"]
    return charts.bars(
        _("Where does the value lie?"),
        [str(row["tenth"]) for row in rows],
        {_("Share of value"): [row["share"] for row in rows]},
        x=_("Tenth of the customers, the best first"),
        y=_("Share of value"),
        formats=("", "percent"),
    )


def rfm_customers(run: MeasureRun) -> charts.Chart:
    """Customers by recency and frequency."""
    counts = run.reports["rfm"]["grid"]
    return charts.heatmap(
        _("How many buy lately, how many often?"),
        SCORES,
        SCORES[::-1],
        counts[::-1],
        x=_("Frequency score"),
        y=_("Recency score"),
        note=_("Customers in each cell; 5 is the fifth that bought last, or buys most often."),
        value_format="number",
    )


def rfm_value(run: MeasureRun) -> charts.Chart:
    """Mean value to come by recency and frequency."""
    value = run.reports["rfm"]["value"]
    return charts.heatmap(
        _("Who is worth most?"),
        SCORES,
        SCORES[::-1],
        [[None if cell is None else round(cell) for cell in row] for row in value[::-1]],
        x=_("Frequency score"),
        y=_("Recency score"),
        note=_("Mean expected contribution of a customer; empty cells have nobody."),
        value_format="money",
        currency=run.currency,
    )


def movement(found: Json) -> charts.Chart:
    """Customers by the RFM group they were in and are in; `found` is the stored movement."""
    names = [group_name(group) for group in found["groups"]]
    return charts.heatmap(
        _("Who moved where?"),
        names[1:],
        names,
        [[count or None for count in line[1:]] for line in found["customers"]],
        x=_("Group on %(day)s") % {"day": formats.day(date.fromisoformat(found["after"]))},
        y=_("Group on %(day)s") % {"day": formats.day(date.fromisoformat(found["before"]))},
        value_format="number",
        note=_("Customers; empty cells have nobody."),
    )


def group_name(group: str) -> str:
    """An RFM group in the words of the reader."""
    return {
        "not yet a customer": _("Not yet a customer"),
        "champions": _("Champions"),
        "loyal": _("Loyal"),
        "promising": _("Promising"),
        "new": _("New"),
        "fading": _("Fading"),
        "at risk": _("At risk"),
        "hibernating": _("Hibernating"),
    }.get(group, group)


def cohorts(run: MeasureRun, period: str) -> charts.Chart:
    """Share of each cohort that bought again, by age."""
    table = run.reports["cohorts"][period]
    width = max((len(row) for row in table["share"]), default=0)
    monthly = period == "month"
    return charts.heatmap(
        _("How many come back?"),
        [str(age) for age in range(width)],
        [
            f"{_cohort(start, period)} ({formats.number(size)})"
            for start, size in zip(table["starts"], table["sizes"], strict=True)
        ],
        table["share"],
        x=_("Months since the first purchase") if monthly else _("Weeks since the first purchase"),
        y=_("First bought (customers)"),
        top=_top_share(table["share"]),
        value_format="percent",
        size="lg",
        note=_cohort_note(table, period),
    )


def retention(group: Json) -> charts.Chart:
    """The share of contracts still there by renewals: by the model, with its band, and as seen."""
    curve = group["curve"]
    return charts.lines(
        _("How long do they last?"),
        [str(age) for age in range(len(curve["model"]))],
        {_("Model"): curve["model"], _("Seen"): curve["seen"]},
        x=_("Renewals, every %(n)s months") % {"n": group["months"]},
        y=_("Still there"),
        band=(curve["model_low"], curve["model_high"]),
        formats=("", "percent", "percent", "percent", "percent"),
        note=_("The band is the model's 95 % interval; seen is Kaplan-Meier's share."),
    )


def contracts_name(group: Json) -> str:
    """A group of contracts in the words of the reader."""
    whose = group["name"] or _("All contracts")
    if group["months"] == 1:
        return _("%(whose)s, every month") % {"whose": whose}
    if group["months"] == 12:
        return _("%(whose)s, every year") % {"whose": whose}
    return _("%(whose)s, every %(n)s months") % {"whose": whose, "n": group["months"]}


def best_first() -> dict[str, Any]:
    """The axis of a whale curve."""
    name = _("Share of the customers, the best first (%)")
    return {"type": "value", "name": name, "min": 0, "max": 100}


def whale(run: MeasureRun) -> charts.Chart:
    """Cumulative contribution, customers from the best to the worst."""
    found = run.reports["whale"]
    points = list(zip(found["share"], found["cumulative"], strict=True))
    return charts.Chart(
        title=_("Who pays for whom?"),
        option={
            "xAxis": best_first(),
            "yAxis": {"type": "value", "name": _("Contribution so far")},
            "series": [
                {
                    "type": "line",
                    "name": _("Contribution so far"),
                    "showSymbol": False,
                    "areaStyle": {"color": "@accent", "opacity": 0.1},
                    "data": [[round(100 * share, 1), value] for share, value in points],
                }
            ],
            "format": "money",
        },
        columns=(_("Best share of customers"), _("Contribution so far")),
        rows=[(formats.percent(share, 1), value) for share, value in points[:: _step(points)]],
        formats=("", "money"),
        currency=run.currency,
        size="lg",
        note=_("Net spend times margin, less the recorded cost of interactions."),
    )


def backtest(run: MeasureRun) -> charts.Chart:
    """Hold-out purchases per customer, forecast and actual, by former frequency."""
    rows = run.reports["backtest"]["rows"]
    return charts.bars(
        _("How good was the forecast?"),
        [f"{row['frequency']}{'+' if row['frequency'] == 7 else ''}" for row in rows],
        {
            _("Made"): [row["actual"] for row in rows],
            _("Expected"): [row["expected"] for row in rows],
        },
        x=_("Repeat purchases before"),
        y=_("Purchases per customer in the hold-out"),
        note=_("Means over the customers with as many repeat purchases before."),
        formats=("", "number", "number"),
    )


def _bin(row: Json, currency: str) -> str:
    low = formats.money(round(row["from"]), currency)
    if row["to"] is None:
        return _("more than %(low)s") % {"low": low}
    high = formats.money(round(row["to"]), currency)
    if row["from"] == 0:
        return _("up to %(high)s") % {"high": high}
    return f"{low} \N{EN DASH} {high}"


def _cohort(start: str, period: str) -> str:
    day = date.fromisoformat(start)
    pattern = "MMM yyyy" if period == "month" else "d MMM yyyy"
    return str(format_date(day, format=pattern, locale=formats.locale()))


def _cohort_note(table: Json, period: str) -> str:
    words = [_("Cells that are not yet observed are empty.")]
    if any(age is not None for age in table["partial_age"]):
        words.append(
            _("The last cell of each row is a month that still runs.")
            if period == "month"
            else _("The last cell of each row is a week that still runs.")
        )
    if table["left_out"]:
        words.append(_("%(n)s older cohorts are left out.") % {"n": table["left_out"]})
    return " ".join(words)


def _top_share(rows: list[list[float | None]]) -> float:
    """The darkest color is the highest share after the first period, which is always all."""
    return max((share for row in rows for share in row[1:] if share is not None), default=1.0) or 1


def _step(points: list[Any]) -> int:
    return max(1, round(len(points) / 20))
