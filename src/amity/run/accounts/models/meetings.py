"""Meetings with their guests, links to book one, and calendars that people subscribe to."""

from django.db import models
from django.db.models import F, Q

from amity.kernel.access.models import User
from amity.kernel.customers.models import Customer


class BookingTerms(models.Model):
    """How somebody can be booked by the customers they look after."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    minutes = models.PositiveSmallIntegerField(default=30)
    notice_hours = models.PositiveSmallIntegerField(default=24)
    days_ahead = models.PositiveSmallIntegerField(default=21)
    place = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gte=5) & Q(days_ahead__gte=1),
                name="booking_terms_are_possible",
            )
        ]

    def __str__(self) -> str:
        return f"{self.minutes} minutes with {self.user_id}"


class BookingLink(models.Model):
    """The address under which a customer books a meeting with who looks after them."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    secret = models.CharField(max_length=40, unique=True)  # kept: it is shown whenever it is sent
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(ended_at=None), name="one_booking_link_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"booking link of {self.customer_id}"


class Meeting(models.Model):
    """A meeting with a customer; `sequence` grows with each change that guests are told of."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        HELD = "held", "Held"
        CANCELED = "canceled", "Canceled"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="meetings")
    organizer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    booked_by = models.ForeignKey(  # the link by which the customer took it, else null
        BookingLink, on_delete=models.SET_NULL, null=True, blank=True, related_name="meetings"
    )
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
