"""The canvas of the demonstration company: one in force, and a draft of the next for a person."""

from datetime import timedelta

from amity.base.vocabulary import RelationshipType
from amity.design.studio.operations import draft_canvas
from amity.design.studio.rules.drafting import Choices
from amity.kernel.hooks.seeding import SeedContext
from amity.kernel.policy.document import CanvasDocument, Promise, SegmentDesign
from amity.kernel.policy.operations import create_draft, publish
from amity.kernel.policy.queries import document_of, versions

STARTER = "shop"
IN_FORCE = timedelta(days=21)  # longer than the story that the inbox tells
BEST = "vip"
PERSONAL = RelationshipType.PERSONAL_ASSISTANCE
SOONER = Promise(
    text="A person answers within one working hour",
    first_response_minutes=60,
    resolution_minutes=480,
    human_reachable=True,
)


def seed(context: SeedContext) -> None:
    """Publishes a canvas from the data, and drafts the next; nothing where there is one already.

    The first is in force since before the other capabilities' stories begin, so that what they
    tell happened under promises. The second waits for the newcomer to be looked at and published.
    """
    if versions().exists():
        return
    since = context.at - IN_FORCE
    first = draft_canvas(STARTER, Choices(), actor=context.actor, at=since).version
    publish(first.pk, reason="What we promise from today", actor=context.actor, at=since)
    create_draft(
        document=_sooner_for_the_best(document_of(first)),
        name=first.name,
        reason="The best customers are answered twice as soon",
        base=first,
        actor=context.actor,
        at=context.at,
    )


def _sooner_for_the_best(document: CanvasDocument) -> CanvasDocument:
    designs = (_sooner(one) if one.segment == BEST else one for one in document.segments)
    return document.model_copy(update={"segments": tuple(designs)})


def _sooner(design: SegmentDesign) -> SegmentDesign:
    cell = design.relationship_types[PERSONAL].model_copy(update={"promise": SOONER, "guess": True})
    return design.model_copy(
        update={"relationship_types": design.relationship_types | {PERSONAL: cell}}
    )
