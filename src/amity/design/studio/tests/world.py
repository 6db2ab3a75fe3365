"""A small company for the tests of the studio: three segments, six customers, a measured value."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel.access.rules import SYSTEM
from amity.kernel.calendars.operations import ensure_default_calendar
from amity.kernel.customers.models import Customer
from amity.kernel.interactions.models import Interaction
from amity.kernel.policy.document import CanvasDocument, SegmentDesign
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.operations import create_draft, publish
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.segments.rules import parse_text
from amity.kernel.touchpoints.operations import ensure_touchpoints
from amity.kernel.touchpoints.rules import TouchpointFields
from amity.kernel.traits.models import Trait

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
PERSONAL = RelationshipType.PERSONAL_ASSISTANCE
SELF = RelationshipType.SELF_SERVICE


def customers(count: int, start: int = 1) -> list[Customer]:
    """So many customers, each with a value of 100.00 times its number."""
    made = [
        Customer.objects.create(name=f"Customer {n}", created_at=AT, updated_at=AT)
        for n in range(start, start + count)
    ]
    for number, customer in enumerate(made, start=start):
        Trait.objects.create(
            customer=customer, name="clv_12m", number=number * 10_000, as_of=AT, source="test"
        )
    return made


def segment(key: str, held: Sequence[Customer] = (), rule: str = "everyone") -> Segment:
    """A counted segment that holds these customers."""
    made = Segment.objects.create(
        key=key,
        name=key.capitalize(),
        rule=parse_text(rule),
        created_at=AT,
        counted_at=AT,
        customer_count=len(held),
    )
    for customer in held:
        SegmentMembership.objects.create(segment=made, customer=customer, since=AT)
    return made


def interaction(customer: Customer, kind: RelationshipType, number: int, cost: int = 0) -> None:
    """Something that passed with a customer."""
    Interaction.objects.create(
        happened_at=AT - timedelta(days=number),
        recorded_at=AT,
        customer=customer,
        kind="note.added",
        relationship_type=kind,
        stage=Stage.SUPPORT,
        cost_minor=cost,
        currency="USD",
        source="test",
        source_id=str(number),
    )


def touchpoint(key: str = "desk") -> None:
    """A touchpoint of all stages that carries personal assistance and self-service."""
    fields = TouchpointFields(
        key=key,
        name=key.capitalize(),
        channel="web",
        stages=tuple(stage.value for stage in Stage),
        relationship_types=(PERSONAL.value, SELF.value),
    )
    ensure_touchpoints((fields,), actor=SYSTEM, at=AT)


def design(key: str, **changes: object) -> SegmentDesign:
    """A row with one guessed cell and two guessed fields."""
    return SegmentDesign.model_validate(
        {
            "segment": key,
            "motivation": "retain",
            "nature": "hybrid",
            "relationship_types": {
                PERSONAL: {
                    "intensity": 0.5,
                    "primary": True,
                    "guess": True,
                    "promise": {"text": "A person answers", "first_response_minutes": 240},
                }
            },
            "touchpoints": dict.fromkeys(Stage, ("desk",)),
            "guesses": ("motivation", "nature"),
            **changes,
        }
    )


def draft(*designs: SegmentDesign, base: PolicyVersion | None = None) -> PolicyVersion:
    """A draft with these rows."""
    document = CanvasDocument(name="Our canvas", currency="USD", segments=designs)
    return create_draft(
        document=document, name="Our canvas", reason="To try it", base=base, actor=SYSTEM, at=AT
    )


def in_force(*designs: SegmentDesign) -> PolicyVersion:
    """A published version with these rows."""
    ensure_default_calendar(actor=SYSTEM, at=AT)
    version = draft(*designs)
    return publish(version.pk, reason="First", actor=SYSTEM, at=AT)
