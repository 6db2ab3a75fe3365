"""Descriptions as people see them: figures, charts and tables with their words."""

from collections.abc import Callable

from amity.measure.insight.showing import acquisition, attribution, baskets, cost, satisfaction
from amity.measure.insight.showing.shown import Scene, Shown

PAGES: dict[str, Callable[[Scene], Shown]] = {
    "cost": cost.show,
    "acquisition": acquisition.show,
    "attribution": attribution.show,
    "satisfaction": satisfaction.show,
    "baskets": baskets.show,
}
