"""Reads of pipelines and reasons."""

from django.db.models import QuerySet

from amity.base.results import NotFoundError
from amity.run.deals.models import CloseReason, Pipeline


def pipelines() -> QuerySet[Pipeline]:
    """All pipelines, the oldest first."""
    return Pipeline.objects.order_by("pk")


def pipeline_named(key: str) -> Pipeline | None:
    """The pipeline with this key, the first one for no key; None where there is none at all.

    Raises:
        NotFoundError: there is none with this key.
    """
    found = pipelines().filter(key=key).first() if key else pipelines().first()
    if key and found is None:
        raise NotFoundError(f"There is no pipeline {key}.")
    return found


def reasons(kind: str = "") -> QuerySet[CloseReason]:
    """The reasons that are offered, of wins or losses or both."""
    rows = CloseReason.objects.filter(is_retired=False).order_by("kind", "name")
    return rows.filter(kind=kind) if kind else rows
