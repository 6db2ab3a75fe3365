"""A small company with a policy: key accounts with owners, small customers, self-servers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from amity.base.vocabulary import Role
from amity.kernel.access.models import Company, Team, User
from amity.kernel.access.operations import add_member, create_user, save_team
from amity.kernel.access.rules import SYSTEM, Actor
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import NewIdentity, ensure_customer
from amity.kernel.customers.rules import EMAIL
from amity.kernel.policy.document import CanvasDocument, Cell, Promise
from amity.kernel.policy.operations import create_draft, publish
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.traits.models import Trait
from amity.run.inbox.models import AgentProfile, Channel, Conversation, InboxSettings
from amity.run.inbox.operations.conversations import receive
from amity.run.inbox.rules.incoming import Incoming
from amity.testing.canvases import canvas, design, office_hours, segment, touchpoints

MONDAY = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
NUMBERS = count(1)


def promised(first: int | None, following: int | None = None, end: int | None = None) -> Promise:
    """Working minutes to the first answer, to each following one, to the end."""
    return Promise(
        first_response_minutes=first,
        next_response_minutes=following,
        resolution_minutes=end,
        human_reachable=True,
    )


KEY = design(
    "key",
    dedicated_personal_assistance=Cell(intensity=1, primary=True, promise=promised(120, 60, 960)),
)
SMALL = design(
    "small", personal_assistance=Cell(intensity=0.5, primary=True, promise=promised(480, 480))
)
SELF = design(
    "self",
    self_service=Cell(intensity=1, primary=True, promise=Promise(human_reachable=True)),
    personal_assistance=Cell(intensity=0.2, promise=promised(960)),
)


@dataclass
class House:
    """The company, by name; the help desk takes what nobody is named for."""

    channel: Channel
    team: Team
    people: dict[str, User]
    customers: dict[str, Customer] = field(default_factory=dict)

    def actor(self, name: str) -> Actor:
        """A person at work."""
        user = self.people[name]
        return Actor(kind="user", name=user.name, role=Role(user.role), user_id=user.pk)

    def mail(self, sender: str, text: str = "A question", **given: object) -> Conversation:
        """A customer's mail, at ten on a Monday where no `at` is given."""
        at = given.pop("at", MONDAY)
        assert isinstance(at, datetime)
        number = next(NUMBERS)
        fields: dict[str, object] = {
            "text": text,
            "subject": f"Matter {number}",
            "happened_at": at,
            "source": "mail",
            "source_id": f"mail-{number}",
            "sender_address": f"{sender}@customer.example",
        }
        incoming = Incoming(**(fields | given))  # type: ignore[arg-type]  # checked by the class
        received = receive(channel=self.channel, incoming=incoming, at=at)
        return Conversation.objects.get(pk=received.conversation.pk)


def house(*agents: str, limit: int = 20) -> House:
    """A published policy, three customers (kim key, sam small, sol self) and agents of one team."""
    Company.objects.create(name="Pumps", currency="EUR")
    office_hours()
    touchpoints()
    team = save_team(key="help", name="Help desk", actor=SYSTEM, at=MONDAY)
    channel = Channel.objects.create(
        key="help", name="Help", kind="mail", address="help@pumps.example", created_at=MONDAY
    )
    InboxSettings.objects.create(hourly_cost_minor=5500, fallback_team=team)
    made = House(channel, team, {name: person(name) for name in agents})
    for user in made.people.values():
        add_member(team_id=team.pk, user_id=user.pk, actor=SYSTEM, at=MONDAY)
        AgentProfile.objects.create(user=user, load_limit=limit)
    for key, name in (("key", "kim"), ("small", "sam"), ("self", "sol")):
        made.customers[name] = customer(name, segment(key))
    enforce(canvas(KEY, SMALL, SELF))
    return made


def person(name: str) -> User:
    """An agent with this name."""
    return create_user(
        email=f"{name.lower()}@pumps.example",
        name=name,
        role=Role.AGENT,
        password=None,
        actor=SYSTEM,
        at=MONDAY,
    )


def customer(name: str, *segments: Segment) -> Customer:
    """A person with an address, held by these segments."""
    found, _made = ensure_customer(
        identity=NewIdentity(EMAIL, f"{name}@customer.example"), name=name.capitalize(), at=MONDAY
    )
    SegmentMembership.objects.bulk_create(
        SegmentMembership(segment=one, customer=found, since=MONDAY) for one in segments
    )
    return found


def enforce(document: CanvasDocument) -> int:
    """Publishes a canvas; its number."""
    version = create_draft(
        document=document, name="", reason="", base=None, actor=SYSTEM, at=MONDAY
    )
    publish(version.pk, reason="", actor=SYSTEM, at=MONDAY)
    return version.number


def worth(values: Iterable[tuple[Customer, float]]) -> None:
    """What measure found: the value of customers in the next 12 months, in cents."""
    Trait.objects.bulk_create(
        Trait(customer=one, name="clv_12m", number=value, as_of=MONDAY, source="insight.measure")
        for one, value in values
    )
