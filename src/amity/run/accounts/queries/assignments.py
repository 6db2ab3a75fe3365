"""Whom it pays to look after: customers without an owner, levels of help, managers with hours."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from amity.base.money import to_major
from amity.kernel.access.operations import company
from amity.kernel.access.queries import cost_rates
from amity.kernel.customers.models import Customer, Ownership
from amity.kernel.segments.models import SegmentMembership
from amity.kernel.traits.queries import traits_of
from amity.run.accounts.models import HelpLevel
from amity.run.accounts.queries.books import VALUE, capacities
from amity.run.accounts.queries.people import managers_by_id
from amity.run.accounts.queries.standings import segment_terms, standings_of
from amity.run.accounts.rules.assignment import Candidate, Level, Manager, Proposal, propose

DISCOUNT = 0.10  # a year; an assumption that the page says
LOOKED_AT = 2_000  # customers without an owner, the most valuable first


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """A proposal with what it rests on; `lacks` says what is missing for one."""

    found: Proposal
    wage_minor: int | None
    currency: str
    discount: float
    looked_at: int
    lacks: tuple[str, ...]


def proposal(at: datetime) -> ProposalPage:
    """Who should look after whom, from what is known at `at`."""
    levels, wage = _levels(), cost_rates().anybody
    managers = _managers()
    currency = company().currency
    lacks = tuple(
        words
        for words, is_there in (
            ("a level of help for a segment", bool(levels)),
            ("what an hour costs (anybody's rate)", wage is not None),
            ("the hours a year of at least one person", bool(managers)),
        )
        if not is_there
    )
    candidates = [] if lacks else _candidates(levels, currency)
    hour = float(to_major(wage or 0, currency))
    found = propose(candidates, managers, wage=hour, discount=DISCOUNT)
    return ProposalPage(found, wage, currency, DISCOUNT, len(candidates), lacks)


def _levels() -> dict[str, list[HelpLevel]]:
    found: dict[str, list[HelpLevel]] = defaultdict(list)
    for row in HelpLevel.objects.order_by("segment_key", "hours_a_year"):
        found[row.segment_key].append(row)
    return dict(found)


def _managers() -> list[Manager]:
    """With the hours that their present accounts leave."""
    hours, people = capacities(), managers_by_id()
    owned: dict[int, list[int]] = defaultdict(list)
    rows = Ownership.objects.filter(owner_id__in=people, until=None, customer__merged_into=None)
    for owner_id, customer_id in rows.values_list("owner_id", "customer_id"):
        owned[owner_id or 0].append(customer_id)
    standings = standings_of([pk for ids in owned.values() for pk in ids])
    return [
        Manager(pk, user.name, hours[pk] - sum(standings[one].hours or 0.0 for one in owned[pk]))
        for pk, user in sorted(people.items())
    ]


def _candidates(levels: dict[str, list[HelpLevel]], currency: str) -> list[Candidate]:
    """Customers of the segments with levels who have no owner; the deciding segment counts."""
    order = {key: place for place, key in enumerate(segment_terms())}
    has_owner = Ownership.objects.filter(customer=OuterRef("pk"), until=None)
    ids = list(
        Customer.objects.filter(
            ~Exists(has_owner),
            Exists(
                SegmentMembership.objects.filter(
                    customer=OuterRef("pk"), until=None, segment__key__in=levels
                )
            ),
            merged_into=None,
        )
        .order_by("pk")
        .values_list("pk", flat=True)[:LOOKED_AT]
    )
    names = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "name"))
    values = traits_of(ids, [VALUE])
    deciding: dict[int, str] = {}
    held = SegmentMembership.objects.filter(customer_id__in=ids, until=None)
    for customer_id, key in held.values_list("customer_id", "segment__key"):
        best = deciding.get(customer_id)
        if best is None or order.get(key, len(order)) < order.get(best, len(order)):
            deciding[customer_id] = key
    found = []
    for pk in ids:
        for_segment = levels.get(deciding[pk], [])
        trait = values[pk].get(VALUE)
        measured = trait.number if trait is not None else None
        if for_segment:
            candidate = _candidate(pk, names[pk], for_segment, measured, currency)
            if candidate is not None:
                found.append(candidate)
    return found


def _candidate(
    pk: int, name: str, levels: list[HelpLevel], measured: float | None, currency: str
) -> Candidate | None:
    """None where neither a level nor a measurement says what the customer brings."""
    given = next((one.margin_minor for one in levels if one.margin_minor is not None), None)
    margin = given if given is not None else measured
    if margin is None:
        return None
    return Candidate(
        customer_id=pk,
        name=name,
        segment=levels[0].segment_key,
        margin=float(to_major(round(margin), currency)),
        retention=levels[0].retention_without,
        levels=tuple(Level(one.name, one.hours_a_year, one.retention_with) for one in levels),
    )
