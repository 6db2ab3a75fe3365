"""The job that keeps memberships up to date."""

from typing import Any

from amity.kernel.jobs.context import JobContext
from amity.kernel.segments.operations import refresh_one
from amity.kernel.segments.queries import living_segments, setting_at


def refresh(context: JobContext) -> dict[str, Any]:
    """ "segments.refresh": all living segments, or those whose keys the payload names.

    Each segment is one transaction, so a killed run loses nothing and may run again.
    """
    segments = living_segments()
    if keys := context.payload.get("keys"):
        segments = segments.filter(key__in=keys)
    chosen = list(segments)
    setting = setting_at(context.now())
    result: dict[str, Any] = {}
    for done, segment in enumerate(chosen):
        context.progress(done, len(chosen), segment.name)
        found = refresh_one(segment.pk, setting)
        result[found.key] = {
            "joined": found.joined,
            "left": found.left,
            "customers": found.customers,
        }
        if found.problem:
            result[found.key]["problem"] = found.problem
    context.progress(len(chosen), len(chosen))
    return result
