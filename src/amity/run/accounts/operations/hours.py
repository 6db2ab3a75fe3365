"""Hours spent on an account, booked in three fields; they fall on its cost to serve."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from amity.base.ids import uuid7
from amity.base.results import AmityError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.models import User
from amity.kernel.access.queries import cost_rates
from amity.kernel.access.rules import Actor, cost_of_time
from amity.kernel.customers.queries import family
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.operations import void_interactions
from amity.run.accounts.operations.writing import SOURCE, audit, live_customer, log

MOST = 24 * 60  # minutes of one booking


class BookingError(AmityError):
    """Minutes that cannot be booked."""


@dataclass(frozen=True, slots=True)
class Booked:
    """What was booked; `cost_minor` is None where nobody said what an hour costs."""

    interaction: Interaction
    minutes: int
    cost_minor: int | None


@transaction.atomic
def book_minutes(
    *,
    customer_id: int,
    minutes: int,
    what: str,
    user: User | None,
    actor: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    is_contact: bool = False,
) -> Booked:
    """Books minutes of a person on a customer, at the person's rate.

    Raises:
        NotFoundError: there is no such customer.
        BookingError: the minutes are not 1 to 1,440, or nothing says what was done.
    """
    if not 1 <= minutes <= MOST:
        raise BookingError(f"Book between 1 and {MOST} minutes at a time.")
    said = clean_text(what, field="what", max_length=300)
    if not said:
        raise BookingError("Say in a few words what was done.")
    customer = live_customer(customer_id)
    rate = cost_rates().hour(user.pk if user else None)
    cost = cost_of_time(minutes * 60, rate) if rate is not None else None
    row = log(
        "accounts.hours_booked",
        customer_id=customer.pk,
        source_id=f"hours:{uuid7(at)}",
        subject=said,
        at=at,
        happened_at=happened_at,
        minutes=minutes,
        cost_minor=cost or 0,
        direction=Interaction.Direction.OUTBOUND if is_contact else Interaction.Direction.NONE,
        properties={"user": user.pk if user else None, "hour_minor": rate},
    )
    audit("hours_booked", "customer", customer.pk, f"{minutes} min: {said}", actor=actor, at=at)
    return Booked(row, minutes, cost)


@transaction.atomic
def take_back_minutes(customer_id: int, interaction_id: int, *, actor: Actor, at: datetime) -> None:
    """Takes a booking back; the log keeps both.

    Raises:
        NotFoundError: there is no such booking, or it was taken back.
    """
    rows = Interaction.objects.filter(
        pk=interaction_id,
        source=SOURCE,
        kind="accounts.hours_booked",
        customer_id__in=family(customer_id),
    )
    row = rows.first()
    if row is None or not void_interactions(rows, recorded_at=at):
        raise NotFoundError("There is no such booking any more.")
    audit("hours_taken_back", "customer", row.customer_id, row.subject, actor=actor, at=at)
