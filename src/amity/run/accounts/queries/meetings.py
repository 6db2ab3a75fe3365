"""Reads of meetings, and what a subscribed calendar shows."""

from datetime import datetime, timedelta

from django.db.models import Prefetch, QuerySet

from amity.kernel.access.models import User
from amity.kernel.access.rules import policy_table
from amity.run.accounts.models import Attendee, CalendarFeed, Meeting, Task
from amity.run.accounts.rules.calendar_files import DayEntry, Entry, Guest, feed

BACK, AHEAD = timedelta(days=90), timedelta(days=365)
SHOWN = 500


def meetings() -> QuerySet[Meeting]:
    """All meetings with organizer, customer and guests."""
    guests = Attendee.objects.order_by("pk")
    return Meeting.objects.select_related("organizer", "customer").prefetch_related(
        Prefetch("attendees", guests)
    )


def meetings_of_account(customer_id: int) -> QuerySet[Meeting]:
    """The meetings with a customer, the newest first."""
    return meetings().filter(customer_id=customer_id).order_by("-starts_at", "-pk")


def entry_of(meeting: Meeting) -> Entry:
    """A meeting as calendars know it; the guests are loaded."""
    organizer = Guest(meeting.organizer.name, meeting.organizer.email, "accepted")
    return Entry(
        uid=meeting.uid,
        sequence=meeting.sequence,
        title=meeting.title,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        changed_at=meeting.updated_at,
        organizer=organizer,
        guests=tuple(Guest(one.name, one.email, one.answer) for one in meeting.attendees.all()),
        place=meeting.place,
        agenda=meeting.agenda,
        is_canceled=meeting.status == Meeting.Status.CANCELED,
    )


def owner_of_feed(digest: str) -> User | None:
    """Whose calendar is subscribed to under a secret with this digest.

    None once it is revoked, or the person left or may not see accounts any more.
    """
    living = CalendarFeed.objects.filter(
        digest=digest,
        revoked_at=None,
        user__is_active=True,
        user__role__in=policy_table()["accounts.view"].roles,
    )
    row = living.select_related("user").first()
    return row.user if row is not None else None


def calendar_of(user: User, at: datetime) -> bytes:
    """A person's meetings from 90 days back to a year ahead, and the days of their open tasks."""
    held = (
        meetings()
        .filter(organizer=user, starts_at__gte=at - BACK, starts_at__lt=at + AHEAD)
        .order_by("starts_at", "pk")[:SHOWN]
    )
    due = (
        Task.objects.filter(assignee=user, done_at=None, due_on__lt=(at + AHEAD).date())
        .select_related("customer")
        .order_by("due_on", "pk")[:SHOWN]
    )
    days = [
        DayEntry(
            uid=f"task-{task.pk}@amity",
            title=f"{task.title} ({task.customer.name})" if task.customer else task.title,
            day=task.due_on,
            changed_at=task.created_at,
        )
        for task in due
    ]
    return feed([entry_of(one) for one in held], days, name=f"Amity: {user.name}")
