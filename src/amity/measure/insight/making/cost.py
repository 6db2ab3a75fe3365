"""What serving costs by time, what of the capacity nobody used, and what each segment brought."""

from collections.abc import Iterable

import numpy as np

from amity.kernel.policy.queries import document_of, published
from amity.measure.analytics import costing
from amity.measure.analytics.arrays import Floats, floats
from amity.measure.insight.making.asked import YEAR, Asked, Json
from amity.measure.insight.reports import number, whale_report

LINES = ("segment", "relationship_type", "touchpoint")
SUMS = ("interactions", "staff_seconds", "cost", "direct", "orders", "brought")


def make(asked: Asked) -> Json:
    """Lines of cost and what orders brought, the capacity, and the whale curves of segments."""
    served = asked.rows("cost_to_serve", **asked.days)
    brought = [
        row for row in asked.rows("brought", **asked.days) if row["currency"] == asked.currency
    ]
    share_of_year = ((asked.as_of - asked.since).days + 1) / YEAR
    capacity = _capacity(served, capacity_hours() * share_of_year)
    rate = capacity["rate"] if capacity else None
    lines = {name: _lines(name, [*served, *brought], rate, asked.margin) for name in LINES}
    return {
        "margin": asked.margin,
        "capacity": capacity,
        "total": _sums([*served, *brought]),
        **lines,
        "whales": _whales(asked),
    }


def capacity_hours() -> float:
    """Hours a year of the published canvas: those of the company, else those of its segments."""
    version = published()
    if version is None:
        return 0.0
    document = document_of(version)
    company = sum(document.capacity.hours.values())
    return company or sum(sum(one.hours.values()) for one in document.segments)


def _capacity(served: list[Json], hours: float) -> Json | None:
    """The supply of hours, and what of it was used; None where hours or their price are not known.

    An hour costs what the log says: the recorded cost of the interactions that took time.
    """
    seconds = sum(row["staff_seconds"] for row in served)
    spent = sum(row["cost"] - row["direct"] for row in served)
    if not hours or not seconds or not spent:
        return None
    supplied = hours * 3600 * spent / seconds
    practical = costing.practical_minutes(hours * 60)
    found = costing.cost(supplied, practical, floats([seconds / 60]))
    return {
        "hours": number(hours, 2),
        "practical_hours": number(practical / 60, 2),
        "used_hours": number(seconds / 3600, 2),
        "hourly": number(3600 * spent / seconds, 2),
        "rate": number(found.rate, 6),
        "supplied": number(supplied, 0),
        "assigned": number(found.assigned, 0),
        "unused": number(found.unused, 0),
        "used_share": number(found.used_share, 4),
    }


def _lines(name: str, rows: list[Json], rate: float | None, margin: float) -> list[Json]:
    """Sums by one of the columns, the dearest first; by time where a minute has a price."""
    found = []
    for key in dict.fromkeys(row[name] for row in rows):
        sums = _sums(row for row in rows if row[name] == key)
        timed = sums["cost"] - sums["direct"]
        if rate is not None:
            timed = round(sums["staff_seconds"] / 60 * rate)
        cost = timed + sums["direct"]
        found.append(
            {"key": key, **sums, "timed": timed, "served": cost}
            | {"contribution": round(sums["brought"] * margin) - cost}
        )
    return sorted(found, key=lambda line: (-line["served"], line["key"]))


def _sums(rows: Iterable[Json]) -> Json:
    kept = list(rows)
    return {name: sum(row.get(name) or 0 for row in kept) for name in SUMS}


def _whales(asked: Asked) -> list[Json]:
    """Everybody's contribution so far as a whale curve: all, then segment by segment."""
    table = asked.table("contribution", **asked.until)
    value: Floats = table["net"].to_numpy() * asked.margin - table["cost"].to_numpy()
    segments = np.array(table["segment"].to_pylist(), dtype=np.str_)
    keys = sorted(set(segments.tolist()))
    parts = [] if len(keys) < 2 else [(key, value[segments == key]) for key in keys]
    curves = [{"key": None, **whale_report(value)}]
    return curves + [{"key": key, **whale_report(part)} for key, part in parts]
