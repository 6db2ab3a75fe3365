"""Descriptions of what was: made in the worker from the analytic tables, stored one row a name."""

import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Max

from amity.base.results import NotFoundError
from amity.kernel.commerce.models import Order
from amity.kernel.interactions.models import Interaction
from amity.measure.analytics.engines import Engine
from amity.measure.insight import lake
from amity.measure.insight.log import currency_of_orders
from amity.measure.insight.making import acquisition, attribution, baskets, cost, satisfaction
from amity.measure.insight.making.asked import YEAR, Asked, Json
from amity.measure.insight.models import Description
from amity.measure.insight.queries import usual_options

Progress = Callable[[int, int | None, str], None]
MAKERS: dict[str, Callable[[Asked], Json]] = {
    "cost": cost.make,
    "acquisition": acquisition.make,
    "attribution": attribution.make,
    "satisfaction": satisfaction.make,
    "baskets": baskets.make,
}
OF_THE_LOG = {"cost", "satisfaction"}
"""They look back from the last day of the log, the others from the last day with an order."""


def describe(*, names: Sequence[str], at: datetime, progress: Progress) -> list[Description]:
    """Makes descriptions of the last year anew, each stored as soon as it is made.

    Raises:
        NotFoundError: there is no such description.
    """
    unknown = sorted(set(names) - set(MAKERS))
    if unknown:
        raise NotFoundError(
            f"There is no description {unknown[0]}. There are: {', '.join(MAKERS)}."
        )
    progress(0, len(names) + 1, "Refreshing the analytic tables")
    lake.refresh(at=at)
    margin, last = usual_options().margin, _last_days(at)
    found = []
    with lake.engine() as engine:
        for done, name in enumerate(names):
            progress(done + 1, len(names) + 1, name)
            found.append(_make(name, engine, last[name in OF_THE_LOG], margin, at))
    return found


def _make(name: str, engine: Engine, as_of: date, margin: float, at: datetime) -> Description:
    started = time.monotonic()
    currency = currency_of_orders()
    since = as_of - timedelta(days=YEAR - 1)
    body = MAKERS[name](Asked(engine, since, as_of, currency, margin))
    row, _ = Description.objects.update_or_create(
        name=name,
        defaults={
            "since": since,
            "as_of": as_of,
            "made_at": at,
            "seconds": round(time.monotonic() - started, 2),
            "currency": currency,
            "body": body,
        },
    )
    return row


def _last_days(at: datetime) -> dict[bool, date]:
    """The last day with an order, and that of the log; neither is later than today."""
    today = at.date()
    ordered = Order.objects.filter(ordered_on__lte=today).aggregate(last=Max("ordered_on"))["last"]
    told = Interaction.objects.filter(happened_at__lte=at).aggregate(last=Max("happened_at"))
    logged = told["last"].date() if told["last"] else None
    return {False: ordered or today, True: max(filter(None, (logged, ordered)), default=today)}
