"""Meetings with their guests, and the calendars that people subscribe to."""

from django.db import models
from django.db.models import F, Q

from amity.kernel.access.models import User
from amity.kernel.customers.models import Customer


class Meeting(models.Model):
    """A meeting with a customer; `sequence` grows with each change that guests are told of."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        HELD = "held", "Held"
        CANCELED = "canceled", "Canceled"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="meetings")
    organizer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    place = models.CharField(max_length=200, default="", blank=True)
    agenda = models.TextField(default="", blank=True)  # guests read it
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    uid = models.CharField(max_length=100, unique=True)
    sequence = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status, default=Status.PLANNED)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_it_starts"
            )
        ]
        indexes = [models.Index(fields=["organizer", "starts_at"], name="meetings_of_person")]

    def __str__(self) -> str:
        return self.title


class Attendee(models.Model):
    """A guest, and what they answered; the answer is noted by hand."""

    class Answer(models.TextChoices):
        OPEN = "needs_action", "No answer yet"
        ACCEPTED = "accepted", "Comes"
        DECLINED = "declined", "Does not come"
        TENTATIVE = "tentative", "Perhaps"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendees")
    name = models.CharField(max_length=200, default="", blank=True)
    email = models.EmailField()
    answer = models.CharField(max_length=15, choices=Answer, default=Answer.OPEN)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "email"], name="a_guest_is_invited_once"),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class CalendarFeed(models.Model):
    """A secret address under which a person's meetings and tasks can be subscribed to."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)  # only this is stored of the secret
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"
