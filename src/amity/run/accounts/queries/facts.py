"""What the log, the orders and the memberships know of accounts, in a few statements for many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from amity.base.vocabulary import RelationshipType
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer, Membership
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.queries import effective

YEAR, QUARTER, HALF = timedelta(days=365), timedelta(days=90), timedelta(days=180)
BY_PEOPLE = (
    RelationshipType.PERSONAL_ASSISTANCE.value,
    RelationshipType.DEDICATED_PERSONAL_ASSISTANCE.value,
)
SPOKEN = (Interaction.Direction.INBOUND.value, Interaction.Direction.OUTBOUND.value)
OPENING, CLOSING = ("inbox.received", "inbox.reopened"), "inbox.closed"


@dataclass(slots=True)
class AccountFacts:
    """What is known of one account; members and merged records count for it.

    `contacts` are the instants of the last year at which somebody spoke with a person of ours,
    sorted; `staff_seconds` and `cost_minor` are of the last year; `people` is None for a person.
    """

    last_contact: datetime | None = None
    contacts: list[datetime] = field(default_factory=list)
    staff_seconds: int = 0
    cost_minor: int = 0
    mood_sum: float = 0.0
    mood_count: int = 0
    open_matters: int | None = None
    people: int | None = None
    roles: tuple[str, ...] = ()
    value_recent: int | None = None
    value_before: int | None = None

    @property
    def mood(self) -> float | None:
        """The mean sentiment of 90 days."""
        return self.mood_sum / self.mood_count if self.mood_count else None


def facts_of(customer_ids: Collection[int], at: datetime) -> dict[int, AccountFacts]:
    """The facts of these accounts at `at`; eight statements at most."""
    facts = {pk: AccountFacts() for pk in customer_ids}
    counts_for = _counting(customer_ids, facts, at.date())
    _read_log(counts_for, facts, at)
    _read_matters(counts_for, facts, at)
    _read_orders(counts_for, facts, at.date())
    return facts


def _counting(
    customer_ids: Collection[int], facts: Mapping[int, AccountFacts], day: date
) -> dict[int, list[int]]:
    """For each customer whose rows count: the accounts that they count for."""
    organizations = set(
        Customer.objects.filter(pk__in=customer_ids, kind=Customer.Kind.ORGANIZATION).values_list(
            "pk", flat=True
        )
    )
    counts_for: dict[int, list[int]] = defaultdict(list)
    for pk in customer_ids:
        counts_for[pk].append(pk)
    roles: dict[int, dict[int, str]] = defaultdict(dict)
    for organization_id, person_id, role in members_now(organizations, day).values_list(
        "organization_id", "person_id", "role"
    ):
        if person_id not in roles[organization_id]:
            counts_for[person_id].append(organization_id)
        roles[organization_id][person_id] = role
    for pk in organizations:
        facts[pk].people = len(roles[pk])
        facts[pk].roles = tuple(sorted({role for role in roles[pk].values() if role}))
    absorbed = Customer.objects.filter(merged_into_id__in=list(counts_for))
    for pk, survivor_id in absorbed.values_list("pk", "merged_into_id"):
        if survivor_id is not None:
            counts_for[pk] = counts_for[survivor_id]
    return counts_for


def members_now(organization_ids: Iterable[int], day: date) -> QuerySet[Membership]:
    """The memberships of these organizations that hold on a day."""
    return Membership.objects.filter(
        Q(until=None) | Q(until__gte=day),
        organization_id__in=list(organization_ids),
        person__merged_into=None,
    )


def spoken() -> QuerySet[Interaction]:
    """The rows in which a customer and a person of ours spoke with each other."""
    return effective().filter(relationship_type__in=BY_PEOPLE, direction__in=SPOKEN)


def _read_log(
    counts_for: Mapping[int, list[int]], facts: Mapping[int, AccountFacts], at: datetime
) -> None:
    for row in _sums(counts_for, at):
        for pk in counts_for[row["customer_id"]]:
            fact = facts[pk]
            fact.staff_seconds += row["seconds"] or 0
            fact.cost_minor += row["cost"] or 0
            fact.mood_sum += row["moods"] or 0.0
            fact.mood_count += row["felt"]
    contacts = spoken().filter(customer_id__in=list(counts_for), happened_at__lte=at)
    lately = contacts.filter(happened_at__gt=at - YEAR).order_by("happened_at")
    for customer_id, happened_at in lately.values_list("customer_id", "happened_at"):
        for pk in counts_for[customer_id or 0]:
            facts[pk].contacts.append(happened_at)
            facts[pk].last_contact = happened_at
    _read_long_ago(counts_for, facts, contacts)


def _sums(counts_for: Mapping[int, list[int]], at: datetime) -> Iterable[Mapping[str, Any]]:
    """Time, cost and mood of each customer in the last year; one statement."""
    lately = Q(happened_at__gt=at - QUARTER)
    return (
        effective()
        .filter(customer_id__in=list(counts_for), happened_at__gt=at - YEAR, happened_at__lte=at)
        .order_by()
        .values("customer_id")
        .annotate(
            seconds=Sum("staff_seconds"),
            cost=Sum("cost_minor"),
            moods=Sum("sentiment", filter=lately),
            felt=Count("sentiment", filter=lately),
        )
    )


def _read_long_ago(
    counts_for: Mapping[int, list[int]],
    facts: Mapping[int, AccountFacts],
    contacts: QuerySet[Interaction],
) -> None:
    """The last contact of accounts with none in the last year."""
    quiet = {pk for pk, fact in facts.items() if fact.last_contact is None}
    ids = [customer_id for customer_id, pks in counts_for.items() if quiet.intersection(pks)]
    found = contacts.filter(customer_id__in=ids).order_by().values("customer_id")
    for row in found.annotate(last=Max("happened_at")):
        for pk in quiet.intersection(counts_for[row["customer_id"]]):
            known = facts[pk].last_contact
            facts[pk].last_contact = max(known, row["last"]) if known else row["last"]


def staff_hours_of(customer_ids: Collection[int], at: datetime) -> dict[int, float]:
    """The hours of people that each of these accounts took in the last year; four statements."""
    facts = {pk: AccountFacts() for pk in customer_ids}
    counts_for = _counting(customer_ids, facts, at.date())
    for row in _sums(counts_for, at):
        for pk in counts_for[row["customer_id"]]:
            facts[pk].staff_seconds += row["seconds"] or 0
    return {pk: fact.staff_seconds / 3600 for pk, fact in facts.items()}


def _read_matters(
    counts_for: Mapping[int, list[int]], facts: Mapping[int, AccountFacts], at: datetime
) -> None:
    """Conversations of 90 days whose last word is not that they are closed."""
    rows = (
        effective()
        .filter(
            customer_id__in=list(counts_for),
            kind__in=(*OPENING, CLOSING),
            happened_at__gt=at - QUARTER,
            happened_at__lte=at,
        )
        .order_by("happened_at", "pk")
    )
    ended: dict[tuple[int, object], bool] = {}
    for customer_id, kind, properties in rows.values_list("customer_id", "kind", "properties"):
        for pk in counts_for[customer_id or 0]:
            ended[pk, properties.get("conversation")] = kind == CLOSING
    for (pk, _conversation), is_ended in ended.items():
        facts[pk].open_matters = (facts[pk].open_matters or 0) + (0 if is_ended else 1)


def _read_orders(
    counts_for: Mapping[int, list[int]], facts: Mapping[int, AccountFacts], day: date
) -> None:
    recent, before = day - HALF, day - 2 * HALF
    rows = (
        Order.objects.filter(
            customer_id__in=list(counts_for), ordered_on__gt=before, ordered_on__lte=day
        )
        .order_by()
        .values("customer_id")
        .annotate(
            recent=Sum("net_minor", filter=Q(ordered_on__gt=recent)),
            before=Sum("net_minor", filter=Q(ordered_on__lte=recent)),
        )
    )
    for row in rows:
        for pk in counts_for[row["customer_id"]]:
            facts[pk].value_recent = (facts[pk].value_recent or 0) + (row["recent"] or 0)
            facts[pk].value_before = (facts[pk].value_before or 0) + (row["before"] or 0)
