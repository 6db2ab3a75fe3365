"""What is agreed and expected: cadence and hours of an account, capacities, levels."""

from datetime import datetime

from django.db import transaction

from amity.base.results import AmityError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.run.accounts.models import Account, Capacity, HelpLevel
from amity.run.accounts.operations.writing import audit, live_customer

MOST_HOURS = 10_000


class TermsError(AmityError):
    """Terms that cannot be."""


@transaction.atomic
def set_terms(
    customer_id: int,
    *,
    cadence_days: int | None,
    hours_a_year: float | None,
    actor: Actor,
    at: datetime,
) -> Account:
    """What differs for one customer from the policy of their segment; None follows the policy.

    Raises:
        NotFoundError: there is no such customer.
        TermsError: the days are not 1 to 3,650, or the hours not 0 to 10,000.
    """
    if cadence_days is not None and not 1 <= cadence_days <= 3650:
        raise TermsError("A cadence is 1 to 3,650 days.")
    _check_hours(hours_a_year)
    customer = live_customer(customer_id)
    row, _made = Account.objects.update_or_create(
        customer=customer, defaults={"cadence_days": cadence_days, "hours_a_year": hours_a_year}
    )
    told = f"cadence {cadence_days or 'of the policy'}, hours {hours_a_year}"
    audit("terms_set", "customer", customer.pk, told, actor=actor, at=at)
    return row


def _check_hours(hours: float | None) -> None:
    if hours is not None and not 0 <= hours <= MOST_HOURS:
        raise TermsError("Hours are 0 to 10,000 a year.")


@transaction.atomic
def set_capacity(user: User, *, hours_a_year: float | None, actor: Actor, at: datetime) -> None:
    """The hours a year that a person has for accounts; None takes the figure away.

    Raises:
        TermsError: they are not 0 to 10,000.
    """
    _check_hours(hours_a_year)
    if hours_a_year is None:
        Capacity.objects.filter(user=user).delete()
    else:
        Capacity.objects.update_or_create(user=user, defaults={"hours_a_year": hours_a_year})
    audit("capacity_set", "user", user.pk, f"{user}: {hours_a_year} h", actor=actor, at=at)


@transaction.atomic
def save_level(
    *,
    segment_key: str,
    name: str,
    hours_a_year: float,
    retention_without: float,
    retention_with: float,
    margin_minor: int | None,
    grade: str,
    actor: Actor,
    at: datetime,
) -> HelpLevel:
    """What dedicated help of so many hours is expected to change for customers of a segment.

    Raises:
        TermsError: it has no name or takes no hours, or a retention is no share.
    """
    said = clean_text(name, field="name", max_length=50)
    if not said or not 0 < hours_a_year <= MOST_HOURS:
        raise TermsError("A level has a name and takes more than no hours.")
    if not (0 <= retention_without <= 1 and 0 <= retention_with <= 1):
        raise TermsError("Retention is a share between 0 and 1.")
    row, _made = HelpLevel.objects.update_or_create(
        segment_key=segment_key,
        name=said,
        defaults={
            "hours_a_year": hours_a_year,
            "retention_without": retention_without,
            "retention_with": retention_with,
            "margin_minor": margin_minor,
            "grade": grade,
        },
    )
    audit("level_saved", "help_level", row.pk, str(row), actor=actor, at=at)
    return row


@transaction.atomic
def remove_level(level_id: int, *, actor: Actor, at: datetime) -> None:
    """Takes a level away.

    Raises:
        NotFoundError: there is none.
    """
    row = HelpLevel.objects.select_for_update().filter(pk=level_id).first()
    if row is None:
        raise NotFoundError(f"There is no level {level_id}.")
    audit("level_removed", "help_level", row.pk, str(row), actor=actor, at=at)
    row.delete()
