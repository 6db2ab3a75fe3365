"""All that the page of one account shows, loaded in a fixed number of statements."""

from dataclasses import dataclass
from datetime import datetime

from amity.kernel.customers.models import Customer, Membership
from amity.kernel.customers.ownership import OwnerAnswer, owner_of
from amity.kernel.customers.queries import get_customer
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.queries import timeline
from amity.run.accounts.models import AccountNote, BookingLink, Meeting, Plan, Renewal, Task
from amity.run.accounts.queries.bookings import link_of
from amity.run.accounts.queries.facts import members_now
from amity.run.accounts.queries.health import Condition, condition_of
from amity.run.accounts.queries.meetings import meetings_of_account
from amity.run.accounts.queries.plans import notes_of, plan_of, renewals_of
from amity.run.accounts.queries.tasks import open_tasks

SHOWN = 20
REACH_WANTED = 3


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One account."""

    customer: Customer
    owner: OwnerAnswer | None
    condition: Condition
    tasks: list[Task]
    members: list[Membership]
    bookings: list[Interaction]
    plan: Plan | None
    notes: list[AccountNote]
    renewals: list[Renewal]
    meetings: list[Meeting]
    booking_link: BookingLink | None

    @property
    def lacks_reach(self) -> bool:
        """Whether an organization hangs on fewer people than it should."""
        people = self.condition.facts.people
        return people is not None and people < REACH_WANTED

    @property
    def hours_used(self) -> float:
        """Of the last year."""
        return self.condition.facts.staff_seconds / 3600


def account_of(customer_id: int, at: datetime) -> AccountPage:
    """The account of a customer.

    Raises:
        NotFoundError: there is no such customer.
    """
    customer = get_customer(customer_id)
    members = members_now([customer.pk], at.date()).select_related("person")
    return AccountPage(
        customer=customer,
        owner=owner_of(customer.pk, at=at),
        condition=condition_of(customer.pk, at),
        tasks=list(open_tasks(customer_id=customer.pk)[:SHOWN]),
        members=list(members.order_by("person__name_folded", "pk")[:SHOWN]),
        bookings=timeline(customer.pk, kinds=["accounts.hours_booked"], limit=SHOWN),
        plan=plan_of(customer.pk),
        notes=list(notes_of(customer.pk)[:SHOWN]),
        renewals=list(renewals_of(customer.pk)[:SHOWN]),
        meetings=list(meetings_of_account(customer.pk)[:SHOWN]),
        booking_link=link_of(customer.pk),
    )
