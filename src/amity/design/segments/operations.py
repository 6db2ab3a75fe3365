"""Changes to segments that also touch other rooms."""

from datetime import datetime

from amity.base.results import ConflictError
from amity.design.segments.queries import is_in_force
from amity.kernel.access.rules import Actor
from amity.kernel.segments import operations as kernel
from amity.kernel.segments.models import Segment


def archive(segment: Segment, *, actor: Actor, at: datetime) -> Segment:
    """Takes a segment out of use.

    Raises:
        ConflictError: the published canvas or another segment names it.
    """
    if is_in_force(segment.key):
        raise ConflictError(
            f"The published canvas names {segment.name}. Publish a canvas without it first."
        )
    return kernel.archive_segment(segment.pk, actor=actor, at=at)
