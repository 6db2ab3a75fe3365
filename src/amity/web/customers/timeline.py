"""What passed between a customer and the company, day by day, as the customer page draws it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amity.base.vocabulary import RelationshipType
from amity.kernel.hooks.discovery import capabilities
from amity.kernel.hooks.manifest import InteractionKind
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.queries import timeline
from amity.ui.paging import decode, encode
from amity.ui.relationships import ICONS

PAGE_SIZE = 20
KERNEL_KINDS = (
    InteractionKind("commerce.ordered", gettext_noop("Ordered"), "shopping-cart"),
    InteractionKind("commerce.returned", gettext_noop("Sent back"), "truck-return"),
    InteractionKind("commerce.canceled", gettext_noop("Canceled an order"), "circle-x"),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """One row of the timeline."""

    row: Interaction
    title: str
    icon: str
    type: RelationshipType
    is_staff: bool
    who: str


@dataclass(frozen=True, slots=True)
class Story:
    """A page of the timeline: days, newest first, and the cursor of what is older."""

    days: list[tuple[date, list[Moment]]]
    next: str


@cache
def known_kinds() -> dict[str, InteractionKind]:
    """Every declared kind of interaction, by name."""
    declared = [kind for manifest in capabilities() for kind in manifest.interaction_kinds]
    return {kind.name: kind for kind in (*KERNEL_KINDS, *declared)}


def story_of(
    customer_id: int, *, cursor: str = "", relationship_type: str = "", touchpoint: str = ""
) -> Story:
    """A page of a customer's timeline; two statements.

    Raises:
        CursorError: the cursor is not one of ours.
    """
    before = None
    if cursor:
        at, pk = decode(cursor, length=2)
        before = (datetime.fromisoformat(at), int(pk))
    rows = timeline(
        customer_id,
        before=before,
        limit=PAGE_SIZE + 1,
        relationship_type=relationship_type,
        touchpoint=touchpoint,
    )
    shown = rows[:PAGE_SIZE]
    more = (
        encode([shown[-1].happened_at.isoformat(), shown[-1].pk]) if len(rows) > len(shown) else ""
    )
    return Story(_by_day(shown), more)


def _by_day(rows: Iterable[Interaction]) -> list[tuple[date, list[Moment]]]:
    days = groupby(rows, key=lambda row: timezone.localtime(row.happened_at).date())
    return [(day, [_moment(row) for row in group]) for day, group in days]


def _moment(row: Interaction) -> Moment:
    kind = known_kinds().get(row.kind)
    words = row.kind.partition(".")[2].replace("_", " ").replace(".", " ").capitalize()
    given_type = RelationshipType(row.relationship_type)
    is_ours = row.actor in {Interaction.Actor.HUMAN, Interaction.Actor.AUTOMATIC}
    return Moment(
        row=row,
        title=_(kind.label) if kind else words,
        icon=kind.icon if kind else ICONS[given_type],
        type=given_type,
        is_staff=is_ours,
        who=row.touchpoint.name if row.touchpoint else "",
    )
