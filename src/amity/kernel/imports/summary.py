"""The figures of an import, added up part by part. Pure."""

from collections import Counter
from typing import Any

import pyarrow.compute as pc

from amity.base.money import to_major
from amity.base.time import from_day_number
from amity.kernel.imports.assembly import Assembled

KEYS = (
    "rows", "accepted", "rejected", "reasons", "orders", "orders_created", "returns",
    "anonymous_rows", "duplicates", "customers", "products", "first_day", "last_day", "gross",
    "refunds", "net", "currency", "import_id", "seconds",
)  # fmt: skip


def no_figures() -> dict[str, Any]:
    """Where counting begins."""
    counts = dict.fromkeys(
        ("accepted", "orders", "created", "changed", "returns", "anonymous_rows", "duplicates"), 0
    )
    return {**counts, "first_day": None, "last_day": None, "money": {}, "reasons": {}}


def add_part(
    figures: dict[str, Any], assembled: Assembled, *, created: int, changed: int
) -> dict[str, Any]:
    """The figures with those of one more part."""
    reasons = Counter(figures["reasons"])
    reasons.update(reject.reason for reject in assembled.rejects)
    result = {**figures, "reasons": dict(reasons), "money": dict(figures["money"])}
    result["accepted"] += assembled.rows
    result["anonymous_rows"] += assembled.anonymous_rows
    result["duplicates"] += assembled.duplicates
    result["created"] += created
    result["changed"] += changed
    orders = assembled.orders
    if orders is None:
        return result
    result["orders"] += orders.num_rows
    result["returns"] += pc.sum(pc.not_equal(orders.column("kind"), "sale")).as_py() or 0
    days = pc.min_max(orders.column("day")).as_py()
    result["first_day"] = min(filter(_known, (figures["first_day"], days["min"])))
    result["last_day"] = max(filter(_known, (figures["last_day"], days["max"])))
    _add_money(result["money"], orders)
    return result


def _known(value: int | None) -> bool:
    return value is not None


def _add_money(money: dict[str, list[int]], orders: Any) -> None:
    sums = orders.group_by("currency").aggregate(
        [(name, "sum") for name in ("gross_minor", "discount_minor", "refund_minor", "net_minor")]
    )
    for row in sums.to_pylist():
        if row["net_minor_sum"] is None:
            continue
        paid = row["gross_minor_sum"] - row["discount_minor_sum"]
        before = money.get(row["currency"], [0, 0, 0])
        added = (paid, row["refund_minor_sum"], row["net_minor_sum"])
        money[row["currency"]] = [a + b for a, b in zip(before, added, strict=True)]


def summary(
    figures: dict[str, Any],
    *,
    rows: int,
    reasons: dict[str, int],
    customers: int,
    products: int,
    currency: str,
    import_id: int,
    seconds: float,
) -> dict[str, Any]:
    """The summary as it is printed and stored; see docs/using/importing.md for each figure."""
    all_reasons = Counter(reasons)
    all_reasons.update(figures["reasons"])
    gross, refunds, net, shown = _money(figures["money"], currency)
    return {
        "rows": rows,
        "accepted": figures["accepted"],
        "rejected": sum(all_reasons.values()),
        "reasons": dict(all_reasons.most_common()),
        "orders": figures["orders"],
        "orders_created": figures["created"],
        "returns": figures["returns"],
        "anonymous_rows": figures["anonymous_rows"],
        "duplicates": figures["duplicates"],
        "customers": customers,
        "products": products,
        "first_day": _iso(figures["first_day"]),
        "last_day": _iso(figures["last_day"]),
        "gross": gross,
        "refunds": refunds,
        "net": net,
        "currency": shown,
        "import_id": import_id,
        "seconds": round(seconds, 2),
    }


def _iso(day: int | None) -> str | None:
    return None if day is None else from_day_number(day).isoformat()


def _money(
    money: dict[str, list[int]], currency: str
) -> tuple[float | None, float | None, float | None, str]:
    """Sums in major units; none where several currencies would have to be added."""
    if not money:
        return None, None, None, currency
    if len(money) > 1:
        return None, None, None, "mixed"
    code, sums = next(iter(money.items()))
    gross, refunds, net = (float(to_major(minor, code)) for minor in sums)
    return gross, refunds, net, code
