"""Meetings: planned with invitations, moved, canceled, held; and calendars to subscribe to."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from amity.base.ids import uuid7
from amity.base.results import AmityError, ConflictError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.models import User
from amity.kernel.access.queries import cost_rates
from amity.kernel.access.rules import Actor, cost_of_time
from amity.kernel.interactions.models import Interaction
from amity.kernel.messaging.outbox import OutgoingFile, enqueue_mail
from amity.kernel.messaging.rules import clean_recipient
from amity.run.accounts.models import Attendee, BookingLink, CalendarFeed, Meeting
from amity.run.accounts.operations.writing import audit, live_customer, log
from amity.run.accounts.queries.meetings import entry_of, meetings
from amity.run.accounts.rules.calendar_files import invitation

MOST_GUESTS = 50


class MeetingError(AmityError):
    """A meeting that cannot be as it was given."""


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody to invite."""

    email: str
    name: str = ""


@transaction.atomic
def plan_meeting(
    *,
    customer_id: int,
    organizer: User,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    actor: Actor,
    at: datetime,
    guests: Sequence[Invited] = (),
    place: str = "",
    agenda: str = "",
    booked_by: BookingLink | None = None,
) -> Meeting:
    """Plans a meeting and mails each guest an invitation that calendars understand.

    Raises:
        NotFoundError: there is no such customer.
        MeetingError: it has no title, ends before it starts, or has more than 50 guests.
        MailError: a guest's address is none.
    """
    said = clean_text(title, field="title", max_length=200)
    if not said:
        raise MeetingError("Say what the meeting is about.")
    _check_span(starts_at, ends_at)
    if len(guests) > MOST_GUESTS:
        raise MeetingError(f"At most {MOST_GUESTS} guests are invited by mail.")
    customer = live_customer(customer_id)
    meeting = Meeting.objects.create(
        customer=customer,
        organizer=organizer,
        booked_by=booked_by,
        title=said,
        place=clean_text(place, field="place", max_length=200),
        agenda=clean_text(agenda, field="agenda", max_length=10_000),
        starts_at=starts_at,
        ends_at=ends_at,
        uid=f"{uuid7(at)}@amity",
        created_at=at,
        updated_at=at,
    )
    addresses = {clean_recipient(one.email).lower(): one for one in guests}
    Attendee.objects.bulk_create(
        Attendee(
            meeting=meeting,
            email=address,
            name=clean_text(one.name, field="name", max_length=200),
        )
        for address, one in addresses.items()
    )
    _tell_guests(meeting.pk, at)
    audit("meeting_planned", "meeting", meeting.pk, said, actor=actor, at=at)
    return meeting


def _check_span(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise MeetingError("The meeting ends before it starts. Give a later end.")


def _tell_guests(meeting_id: int, at: datetime) -> None:
    """One mail for each guest and each change, through the outbox."""
    meeting = meetings().get(pk=meeting_id)
    entry = entry_of(meeting)
    word = "Canceled" if entry.is_canceled else "Changed" if entry.sequence else "Invitation"
    method, file = ("cancel" if entry.is_canceled else "request"), invitation(entry)
    for guest in meeting.attendees.all():
        enqueue_mail(
            key=f"accounts.meeting:{meeting.pk}:{meeting.sequence}:{guest.pk}",
            to=guest.email,
            subject=f"{word}: {meeting.title}"[:300],
            text=_words(meeting),
            files=[OutgoingFile("invite.ics", f"text/calendar; method={method}", file)],
            customer_id=meeting.customer_id,
            at=at,
        )


def _words(meeting: Meeting) -> str:
    span = f"{meeting.starts_at:%Y-%m-%d %H:%M} to {meeting.ends_at:%H:%M} UTC"
    lines = [meeting.title, span, meeting.place, meeting.agenda]
    return "\n".join([*(line for line in lines if line), "", meeting.organizer.name])


@transaction.atomic
def move_meeting(
    meeting_id: int, *, starts_at: datetime, ends_at: datetime, actor: Actor, at: datetime
) -> Meeting:
    """Gives a planned meeting another time and tells the guests; their answers are asked anew.

    Raises:
        NotFoundError: there is no such meeting.
        ConflictError: it is not planned any more.
        MeetingError: it ends before it starts.
    """
    meeting = _planned(meeting_id)
    _check_span(starts_at, ends_at)
    meeting.starts_at, meeting.ends_at = starts_at, ends_at
    meeting.sequence += 1
    meeting.updated_at = at
    meeting.save(update_fields=["starts_at", "ends_at", "sequence", "updated_at"])
    meeting.attendees.update(answer=Attendee.Answer.OPEN, answered_at=None)
    _tell_guests(meeting.pk, at)
    audit("meeting_moved", "meeting", meeting.pk, starts_at.isoformat(), actor=actor, at=at)
    return meeting


@transaction.atomic
def cancel_meeting(meeting_id: int, *, actor: Actor, at: datetime) -> Meeting:
    """Cancels a planned meeting and tells the guests.

    Raises:
        NotFoundError: there is no such meeting.
        ConflictError: it is not planned any more.
    """
    meeting = _planned(meeting_id)
    meeting.status = Meeting.Status.CANCELED
    meeting.sequence += 1
    meeting.updated_at = at
    meeting.save(update_fields=["status", "sequence", "updated_at"])
    _tell_guests(meeting.pk, at)
    audit("meeting_canceled", "meeting", meeting.pk, meeting.title, actor=actor, at=at)
    return meeting


@transaction.atomic
def hold_meeting(meeting_id: int, *, minutes: int, actor: Actor, at: datetime) -> Meeting:
    """Notes that a meeting took place, with the minutes it took of the organizer.

    Raises:
        NotFoundError: there is no such meeting.
        ConflictError: it is not planned any more.
        MeetingError: the minutes are not 1 to 1,440.
    """
    if not 1 <= minutes <= 1440:
        raise MeetingError("A meeting takes 1 to 1,440 minutes.")
    meeting = _planned(meeting_id)
    meeting.status = Meeting.Status.HELD
    meeting.updated_at = at
    meeting.save(update_fields=["status", "updated_at"])
    rate = cost_rates().hour(meeting.organizer_id)
    log(
        "accounts.met",
        customer_id=meeting.customer_id,
        source_id=f"meeting:{meeting.pk}",
        subject=meeting.title,
        at=at,
        happened_at=min(meeting.starts_at, at),
        minutes=minutes,
        cost_minor=cost_of_time(minutes * 60, rate),
        direction=Interaction.Direction.OUTBOUND,
        properties={"hour_minor": rate, "guests": meeting.attendees.count()},
    )
    audit("meeting_held", "meeting", meeting.pk, meeting.title, actor=actor, at=at)
    return meeting


@transaction.atomic
def note_answer(attendee_id: int, *, answer: str, actor: Actor, at: datetime) -> Attendee:
    """Notes what a guest answered.

    Raises:
        NotFoundError: there is no such guest.
        MeetingError: the answer is unknown.
    """
    guest = Attendee.objects.select_for_update().filter(pk=attendee_id).first()
    if guest is None:
        raise NotFoundError(f"There is no guest {attendee_id}.")
    if answer not in Attendee.Answer.values:
        raise MeetingError(f"An answer is one of {', '.join(Attendee.Answer.values)}.")
    guest.answer, guest.answered_at = answer, at
    guest.save(update_fields=["answer", "answered_at"])
    audit("answer_noted", "meeting", guest.meeting_id, f"{guest}: {answer}", actor=actor, at=at)
    return guest


def _planned(meeting_id: int) -> Meeting:
    meeting = (
        Meeting.objects.select_for_update(of=("self",))
        .select_related("organizer")
        .filter(pk=meeting_id)
        .first()
    )
    if meeting is None:
        raise NotFoundError(f"There is no meeting {meeting_id}.")
    if meeting.status != Meeting.Status.PLANNED:
        raise ConflictError(f"This meeting is {meeting.get_status_display().lower()}.")
    return meeting


def feed_digest(secret: str) -> str:
    """What is stored of the secret of a feed."""
    return sha256(secret.encode()).hexdigest()


@transaction.atomic
def make_feed(user: User, *, actor: Actor, at: datetime) -> str:
    """A new secret address for a person's calendar; the one before ends.

    Returns:
        The secret; it is told this once.
    """
    _end_feeds(user, at)
    secret = secrets.token_urlsafe(32)
    CalendarFeed.objects.create(user=user, digest=feed_digest(secret), created_at=at)
    audit("feed_made", "user", user.pk, "", actor=actor, at=at)
    return secret


@transaction.atomic
def revoke_feed(user: User, *, actor: Actor, at: datetime) -> int:
    """Ends the address of a person's calendar; how many there were."""
    ended = _end_feeds(user, at)
    if ended:
        audit("feed_revoked", "user", user.pk, "", actor=actor, at=at)
    return ended


def _end_feeds(user: User, at: datetime) -> int:
    return CalendarFeed.objects.filter(user=user, revoked_at=None).update(revoked_at=at)
