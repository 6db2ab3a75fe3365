"""What a customer sees who wants to book a meeting: with whom, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from amity.kernel.access.models import User
from amity.kernel.access.queries import absences_of
from amity.kernel.calendars.queries import calendar_named
from amity.kernel.calendars.rules import Calendar, openings
from amity.kernel.customers.ownership import acting_owner
from amity.kernel.customers.queries import get_customer
from amity.run.accounts.models import BookingLink, BookingTerms, Meeting
from amity.run.accounts.rules.booking import free_slots

SHOWN = 200


@dataclass(frozen=True, slots=True)
class BookingOffer:
    """What can be booked by a link; without a person, or without times, nothing can."""

    link: BookingLink
    customer_id: int
    person: User | None
    terms: BookingTerms | None
    zone: str
    slots: list[datetime]
    booked: list[Meeting]


def link_of(customer_id: int) -> BookingLink | None:
    """The link of a customer that has not ended."""
    return BookingLink.objects.filter(customer_id=customer_id, ended_at=None).first()


def terms_of(user: User) -> BookingTerms | None:
    """How somebody can be booked; None where they cannot."""
    return BookingTerms.objects.filter(user=user).first()


def offer_of(secret: str, at: datetime) -> BookingOffer | None:
    """What the customer of this link can book at `at`; None where the link has ended or is none.

    It is with whoever takes care of the customer now: the owner, else who stands in.
    """
    link = BookingLink.objects.filter(secret=secret, ended_at=None).first()
    if link is None:
        return None
    customer = get_customer(link.customer_id)
    person = _person(customer.pk, at)
    terms = terms_of(person) if person is not None else None
    calendar = calendar_named(None)
    slots = slots_of(person, terms, calendar, at) if person is not None and terms else []
    booked = Meeting.objects.filter(
        booked_by=link, status=Meeting.Status.PLANNED, ends_at__gt=at
    ).select_related("organizer")
    return BookingOffer(
        link,
        customer.pk,
        person,
        terms,
        calendar.zone.key,
        slots,
        list(booked.order_by("starts_at", "pk")),
    )


def _person(customer_id: int, at: datetime) -> User | None:
    acting = acting_owner(customer_id, at)
    return User.objects.filter(pk=acting.user.id).first() if acting is not None else None


def slots_of(person: User, terms: BookingTerms, calendar: Calendar, at: datetime) -> list[datetime]:
    """The instants at which the person can be booked, at most 200; two statements."""
    midnight = at.astimezone(calendar.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    last = at + timedelta(days=terms.days_ahead)
    planned = Meeting.objects.filter(
        organizer=person, status=Meeting.Status.PLANNED, ends_at__gt=at, starts_at__lt=last
    )
    busy = list(planned.values_list("starts_at", "ends_at"))
    busy += absences_of(person.pk, since=at).values_list("starts_at", "ends_at")
    return free_slots(
        openings(calendar, midnight, last),
        busy,
        minutes=terms.minutes,
        first=at + timedelta(hours=terms.notice_hours),
    )[:SHOWN]
