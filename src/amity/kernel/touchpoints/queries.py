"""Reads of the registry."""

from dataclasses import fields
from typing import Any

from django.db.models import QuerySet

from amity.base.vocabulary import Stage
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.touchpoints.rules import TouchpointFields

ENDED = (Touchpoint.Status.CLOSED,)


def touchpoints(*, with_closed: bool = False) -> QuerySet[Touchpoint]:
    """All touchpoints by name, with what replaces them; the closed ones only when asked for."""
    found = Touchpoint.objects.select_related("replaced_by").order_by("name", "pk")
    return found if with_closed else found.exclude(status__in=ENDED)


def by_key(key: str) -> Touchpoint | None:
    """The touchpoint with this key, or None."""
    return Touchpoint.objects.select_related("replaced_by").filter(key=key).first()


def fields_of(touchpoint: Touchpoint) -> TouchpointFields:
    """What is written of it now, as values."""
    values: dict[str, Any] = {}
    for field in fields(TouchpointFields):
        value = getattr(touchpoint, field.name)
        values[field.name] = tuple(value) if isinstance(value, list) else value
    values["replaced_by"] = touchpoint.replaced_by.key if touchpoint.replaced_by else ""
    return TouchpointFields(**values)


def live_names_by_stage(*, but: str = "") -> dict[str, list[str]]:
    """The names of the live touchpoints of each stage, without the one with the key `but`."""
    grid: dict[str, list[str]] = {stage.value: [] for stage in Stage}
    rows = Touchpoint.objects.filter(status=Touchpoint.Status.LIVE).exclude(key=but)
    for name, stages in rows.order_by("name").values_list("name", "stages"):
        for stage in stages:
            grid.setdefault(stage, []).append(name)
    return grid
