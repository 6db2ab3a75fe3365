"""A small company for tests of the canvas: segments, touchpoints, a calendar, customers."""

from collections.abc import Iterable
from datetime import datetime

from amity.base.time import now
from amity.base.vocabulary import Motivation, Nature, RelationshipType, Stage
from amity.kernel.calendars.models import WorkingCalendar
from amity.kernel.customers.models import Customer
from amity.kernel.policy.document import CanvasDocument, Cell, Promise, SegmentDesign
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.touchpoints.models import Touchpoint

HUMAN = {"personal_assistance", "dedicated_personal_assistance"}


def office_hours() -> WorkingCalendar:
    """The default calendar: weekdays, nine to five."""
    week = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    return WorkingCalendar.objects.create(
        key="office", name="Office hours", weekly_hours=week, is_default=True
    )


def touchpoints() -> None:
    """A phone for people and a web site for machines, live in all stages."""
    machine = ["self_service", "automated_services", "communities", "co_creation"]
    for key, types in (("phone", sorted(HUMAN)), ("web", machine)):
        Touchpoint.objects.create(
            key=key,
            name=key.capitalize(),
            channel=key,
            stages=[stage.value for stage in Stage],
            relationship_types=types,
        )


def segment(key: str, *, rule: object = None, at: datetime | None = None) -> Segment:
    """A segment named after its key, not refreshed."""
    return Segment.objects.create(
        key=key,
        name=key.capitalize(),
        rule=rule if rule is not None else {"everyone": True},
        created_at=at or now(),
    )


def customers(*names: str) -> list[Customer]:
    """Persons with these names."""
    at = now()
    return [
        Customer.objects.create(name=name, name_folded=name.lower(), created_at=at, updated_at=at)
        for name in names
    ]


def put_into(segment: Segment, members: Iterable[Customer]) -> None:
    """Memberships since now, as a refresh would write them."""
    members = list(members)
    SegmentMembership.objects.bulk_create(
        SegmentMembership(segment=segment, customer=customer, since=now()) for customer in members
    )
    Segment.objects.filter(pk=segment.pk).update(customer_count=len(members), counted_at=now())


def design(key: str, **cells: Cell) -> SegmentDesign:
    """A relationship without a mistake: self-service where no cells are given."""
    cells = cells or {"self_service": Cell(intensity=0.5)}
    used = (["phone"] if HUMAN & cells.keys() else []) + (["web"] if cells.keys() - HUMAN else [])
    types = {RelationshipType(name): cell for name, cell in cells.items()}
    return SegmentDesign(
        segment=key,
        motivation=Motivation.RETAIN,
        nature=Nature.HYBRID,
        relationship_types=types,
        touchpoints={stage: tuple(used) for stage in Stage},
    )


def canvas(*designs: SegmentDesign, **fields: object) -> CanvasDocument:
    """A canvas with these segments, in this order."""
    values = {"name": "Relationships", "currency": "USD", "segments": designs, **fields}
    return CanvasDocument.model_validate(values)


def helped(minutes: int, *, primary: bool = True, intensity: float = 0.8) -> Cell:
    """Personal assistance that answers within so many working minutes."""
    return Cell(
        intensity=intensity,
        primary=primary,
        promise=Promise(first_response_minutes=minutes, human_reachable=True),
    )
