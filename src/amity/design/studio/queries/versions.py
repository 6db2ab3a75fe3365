"""Which version is worked on, which one is in force, what waits."""

from dataclasses import dataclass

from amity.base.vocabulary import Stage
from amity.design.studio.queries.figures import figures_for
from amity.design.studio.rules.board import Board, board
from amity.kernel.access.rules import Actor
from amity.kernel.policy.document import CanvasDocument
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.queries import document_of, published
from amity.kernel.segments.models import Segment
from amity.kernel.touchpoints.models import Touchpoint

Status = PolicyVersion.Status


@dataclass(frozen=True, slots=True)
class Sheet:
    """A version of the canvas, ready to be drawn."""

    version: PolicyVersion
    document: CanvasDocument
    board: Board
    published: PolicyVersion | None
    touchpoint_names: dict[str, str]
    addable: tuple[Segment, ...]  # segments that are not on this canvas

    @property
    def is_editable(self) -> bool:
        """Whether this version is a draft."""
        return self.version.status == Status.DRAFT


def waiting(actor: Actor) -> int | None:
    """How many proposals wait for a decision."""
    return PolicyVersion.objects.filter(status=Status.PROPOSAL).count() or None


def working_version() -> PolicyVersion | None:
    """What the canvas page shows: the newest draft after the published version, else that."""
    return _working_after(published())


def working_sheet() -> Sheet | None:
    """The working version, ready to be drawn; None where there is none."""
    current = published()
    version = _working_after(current)
    return None if version is None else _sheet(version, current)


def _working_after(current: PolicyVersion | None) -> PolicyVersion | None:
    drafts = PolicyVersion.objects.filter(status=Status.DRAFT)
    if current is not None:
        drafts = drafts.filter(number__gt=current.number)
    return drafts.order_by("-updated_at", "-number").first() or current


def sheet(version: PolicyVersion) -> Sheet:
    """Everything that the canvas page shows of a version; at most nine statements."""
    return _sheet(version, version if version.status == Status.PUBLISHED else published())


def _sheet(version: PolicyVersion, current: PolicyVersion | None) -> Sheet:
    document = document_of(version)
    against = None if current is None or current.pk == version.pk else document_of(current)
    keys = [design.segment for design in document.segments]
    removed = [d.segment for d in against.segments if d.segment not in keys] if against else []
    segments = list(Segment.objects.order_by("name", "pk"))
    return Sheet(
        version=version,
        document=document,
        board=board(document, figures_for([*keys, *removed], segments), against),
        published=current,
        touchpoint_names=dict(Touchpoint.objects.values_list("key", "name")),
        addable=tuple(one for one in segments if one.archived_at is None and one.key not in keys),
    )


def touchpoints_by_stage() -> dict[Stage, list[tuple[str, str]]]:
    """The registry's (key, name) by the stages they serve, without the closed ones."""
    rows = Touchpoint.objects.exclude(status=Touchpoint.Status.CLOSED).order_by("name")
    grid: dict[Stage, list[tuple[str, str]]] = {stage: [] for stage in Stage}
    for key, name, stages in rows.values_list("key", "name", "stages"):
        for stage in stages:
            grid[Stage(stage)].append((key, name))
    return grid


def segment_names() -> dict[str, str]:
    """The names of all segments by key."""
    return dict(Segment.objects.values_list("key", "name"))
