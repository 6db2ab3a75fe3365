"""Meetings that customers book themselves, by a link that is theirs."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from amity.base.results import AmityError, ConflictError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Identity
from amity.run.accounts.models import BookingLink, BookingTerms, Meeting
from amity.run.accounts.operations.meetings import Invited, cancel_meeting, plan_meeting
from amity.run.accounts.operations.writing import audit, live_customer
from amity.run.accounts.queries.bookings import offer_of

MOST_OPEN = 3  # meetings ahead by one link: who has it cannot fill a calendar


class BookingLinkError(AmityError):
    """A meeting that cannot be booked, or terms that cannot be."""


@transaction.atomic
def set_booking_terms(
    user: User,
    *,
    minutes: int,
    notice_hours: int,
    days_ahead: int,
    place: str,
    actor: Actor,
    at: datetime,
) -> BookingTerms:
    """Says how the customers of a person can book them.

    Raises:
        BookingLinkError: 5 to 480 minutes, 0 to 720 hours of notice, 1 to 90 days ahead.
    """
    if not (5 <= minutes <= 480 and 0 <= notice_hours <= 720 and 1 <= days_ahead <= 90):
        raise BookingLinkError(
            "Give 5 to 480 minutes, up to 720 hours of notice, and 1 to 90 days ahead."
        )
    terms, _created = BookingTerms.objects.update_or_create(
        user=user,
        defaults={
            "minutes": minutes,
            "notice_hours": notice_hours,
            "days_ahead": days_ahead,
            "place": clean_text(place, field="place", max_length=200),
        },
    )
    audit("booking_opened", "user", user.pk, f"{minutes} minutes", actor=actor, at=at)
    return terms


@transaction.atomic
def end_booking_terms(user: User, *, actor: Actor, at: datetime) -> bool:
    """Lets nobody book a person any more; whether somebody could. Meetings stay."""
    ended, _rows = BookingTerms.objects.filter(user=user).delete()
    if ended:
        audit("booking_closed", "user", user.pk, "", actor=actor, at=at)
    return bool(ended)


@transaction.atomic
def give_booking_link(customer_id: int, *, actor: Actor, at: datetime) -> BookingLink:
    """The link by which a customer books who looks after them; made where they have none.

    Raises:
        NotFoundError: there is no such customer.
    """
    customer = live_customer(customer_id)
    link, is_new = BookingLink.objects.get_or_create(
        customer=customer,
        ended_at=None,
        defaults={"secret": secrets.token_urlsafe(16), "created_at": at},
    )
    if is_new:
        audit("booking_link_made", "customer", customer.pk, "", actor=actor, at=at)
    return link


@transaction.atomic
def end_booking_link(customer_id: int, *, actor: Actor, at: datetime) -> bool:
    """Ends a customer's link; whether there was one. Meetings booked by it stay."""
    ended = BookingLink.objects.filter(customer_id=customer_id, ended_at=None).update(ended_at=at)
    if ended:
        audit("booking_link_ended", "customer", customer_id, "", actor=actor, at=at)
    return bool(ended)


@transaction.atomic
def book_meeting(
    secret: str, *, starts_at: datetime, about: str, actor: Actor, at: datetime
) -> Meeting:
    """Books a free time with who takes care of the customer, and mails the invitation.

    Raises:
        NotFoundError: the link is none, or has ended.
        ConflictError: the time was taken meanwhile.
        BookingLinkError: the link has three meetings ahead already.
    """
    offer = offer_of(secret, at)
    if offer is None or offer.person is None or offer.terms is None:
        raise NotFoundError("Nothing can be booked here any more. Please write to us instead.")
    # One line for each person's calendar: of two who take the same time one is told so.
    BookingTerms.objects.select_for_update().get(pk=offer.terms.pk)
    offer = offer_of(secret, at) or offer
    if len(offer.booked) >= MOST_OPEN:
        raise BookingLinkError(f"You have {MOST_OPEN} meetings ahead. Cancel one to book another.")
    if offer.person is None or offer.terms is None or starts_at not in offer.slots:
        raise ConflictError("This time was taken meanwhile. Please choose another.")
    customer = live_customer(offer.customer_id)
    said = clean_text(about, field="about", max_length=150)
    return plan_meeting(
        customer_id=customer.pk,
        organizer=offer.person,
        title=f"{customer.name}: {said}"[:200] if said else customer.name,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=offer.terms.minutes),
        place=offer.terms.place,
        guests=_guests(customer.pk),
        booked_by=offer.link,
        actor=actor,
        at=at,
    )


def _guests(customer_id: int) -> list[Invited]:
    """The customer's first address; a stranger's is never taken from the page."""
    mails = Identity.objects.filter(customer=customer_id, kind=Identity.Kind.EMAIL)
    first = mails.order_by("pk").first()
    return [Invited(first.shown)] if first is not None else []


@transaction.atomic
def cancel_booking(secret: str, *, meeting_id: int, actor: Actor, at: datetime) -> Meeting:
    """Cancels a meeting that was booked by this link.

    Raises:
        NotFoundError: this link has no such meeting.
        ConflictError: it is not planned any more.
    """
    booked = Meeting.objects.filter(
        pk=meeting_id, booked_by__secret=secret, booked_by__ended_at=None
    )
    if not booked.exists():
        raise NotFoundError("This link has no such meeting.")
    return cancel_meeting(meeting_id, actor=actor, at=at)
