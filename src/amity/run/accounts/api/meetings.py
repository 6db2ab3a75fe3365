"""Meetings over REST; guests are invited by mail."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.access.models import User
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import Id, Instant, PageOf, Paging, Strict, utc
from amity.run.accounts.models import Attendee, Meeting
from amity.run.accounts.operations.meetings import (
    Invited,
    cancel_meeting,
    hold_meeting,
    move_meeting,
    note_answer,
    plan_meeting,
)
from amity.run.accounts.queries.meetings import meetings

router = Router(tags=["accounts"])
VIEW, WORK = ApiGuard("accounts.view"), ApiGuard("accounts.work")


class GuestOut(Schema):
    """A guest and what they answered."""

    id: int
    name: str
    email: str
    answer: str
    answered_at: datetime | None


class MeetingOut(Schema):
    """A meeting with a customer; `sequence` grows with each change."""

    id: int
    customer_id: int
    organizer_id: int
    title: str
    place: str
    agenda: str
    starts_at: datetime
    ends_at: datetime
    uid: str
    sequence: int
    status: str
    attendees: list[GuestOut]

    @staticmethod
    def resolve_attendees(meeting: Meeting) -> list[Attendee]:
        """As they were loaded."""
        return list(meeting.attendees.all())


class GuestIn(Strict):
    """Somebody to invite."""

    email: str = Field(min_length=3, max_length=254)
    name: str = Field("", max_length=200)


class MeetingIn(Strict):
    """A new meeting; without `organizer_id` you hold it."""

    customer_id: Id
    title: str = Field(min_length=1, max_length=200)
    starts_at: Instant
    ends_at: Instant
    place: str = Field("", max_length=200)
    agenda: str = Field("", max_length=10_000, description="Guests read it.")
    guests: list[GuestIn] = Field(default_factory=list, max_length=50)
    organizer_id: Id | None = None


class MeetingTimeIn(Strict):
    """Another time."""

    starts_at: Instant
    ends_at: Instant


class MeetingStateIn(Strict):
    """How it ended: held, with the minutes that it took, or canceled."""

    status: Literal["held", "canceled"]
    minutes: int = Field(60, ge=1, le=1440)


class GuestAnswerIn(Strict):
    """What a guest answered."""

    answer: Literal["needs_action", "accepted", "declined", "tentative"]


class MeetingFilter(Paging):
    """Which meetings."""

    customer_id: Id | None = None
    organizer_id: Id | None = None


@router.get("/meetings", auth=VIEW, response=PageOf[MeetingOut])
def list_meetings(request: HttpRequest, wanted: Query[MeetingFilter]) -> Page[Meeting]:
    """Meetings, the newest first."""
    rows = meetings()
    if wanted.customer_id is not None:
        rows = rows.filter(customer_id=wanted.customer_id)
    if wanted.organizer_id is not None:
        rows = rows.filter(organizer_id=wanted.organizer_id)
    return page(rows, order="-id", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/meetings", auth=WORK, response={201: MeetingOut})
def post_meeting(request: HttpRequest, given: MeetingIn) -> Meeting:
    """Plans a meeting and invites its guests by mail."""
    actor = actor_of(request)
    number = given.organizer_id or actor.user_id or 0
    organizer = User.objects.filter(pk=number, is_active=True).first()
    if organizer is None:
        raise NotFoundError("There is no such person who may sign in.")
    row = plan_meeting(
        customer_id=given.customer_id,
        organizer=organizer,
        title=given.title,
        starts_at=utc(given.starts_at, "starts_at"),
        ends_at=utc(given.ends_at, "ends_at"),
        place=given.place,
        agenda=given.agenda,
        guests=[Invited(one.email, one.name) for one in given.guests],
        actor=actor,
        at=now(),
    )
    return _found(row.pk)


@router.get("/meetings/{meeting_id}", auth=VIEW, response=MeetingOut)
def get_meeting(request: HttpRequest, meeting_id: Id) -> Meeting:
    """One meeting."""
    return _found(meeting_id)


@router.put("/meetings/{meeting_id}/time", auth=WORK, response=MeetingOut)
def put_time(request: HttpRequest, meeting_id: Id, given: MeetingTimeIn) -> Meeting:
    """Moves a planned meeting and tells its guests."""
    move_meeting(
        meeting_id,
        starts_at=utc(given.starts_at, "starts_at"),
        ends_at=utc(given.ends_at, "ends_at"),
        actor=actor_of(request),
        at=now(),
    )
    return _found(meeting_id)


@router.put("/meetings/{meeting_id}/state", auth=WORK, response=MeetingOut)
def put_meeting_state(request: HttpRequest, meeting_id: Id, given: MeetingStateIn) -> Meeting:
    """Notes that a meeting took place, or cancels it and tells its guests."""
    actor, at = actor_of(request), now()
    if given.status == "held":
        hold_meeting(meeting_id, minutes=given.minutes, actor=actor, at=at)
    else:
        cancel_meeting(meeting_id, actor=actor, at=at)
    return _found(meeting_id)


@router.put("/guests/{guest_id}/answer", auth=WORK, response=GuestOut)
def put_answer(request: HttpRequest, guest_id: Id, given: GuestAnswerIn) -> Attendee:
    """Notes what a guest answered."""
    return note_answer(guest_id, answer=given.answer, actor=actor_of(request), at=now())


def _found(meeting_id: int) -> Meeting:
    meeting = meetings().filter(pk=meeting_id).first()
    if meeting is None:
        raise NotFoundError(f"There is no meeting {meeting_id}.")
    return meeting
