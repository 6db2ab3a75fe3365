"""What is to be done, by whom, until when."""

from django.db import models
from django.db.models import Q

from amity.kernel.access.models import User
from amity.kernel.customers.models import Customer
from amity.run.accounts.models.plans import Goal
from amity.run.accounts.models.plays import Play


class Task(models.Model):
    """Something to do until a day; `rule` (RFC 5545) makes the next one once it is done."""

    class Kind(models.TextChoices):
        TODO = "todo", "To do"
        CADENCE = "cadence", "Missed contact"
        RENEWAL = "renewal", "Renewal"
        PLAY = "play", "Playbook"
        ACTION = "action", "Action of a plan"

    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.CASCADE, related_name="account_tasks"
    )
    assignee = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.TODO)
    title = models.CharField(max_length=200)
    note = models.TextField(default="", blank=True)
    due_on = models.DateField()
    remind_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    rule = models.CharField(max_length=200, default="", blank=True)
    starts_on = models.DateField()  # the first day of a series; with `rule` it gives all others
    follows = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="next")
    goal = models.ForeignKey(Goal, null=True, on_delete=models.SET_NULL, related_name="actions")
    play = models.ForeignKey(Play, null=True, on_delete=models.SET_NULL, related_name="tasks")
    origin = models.CharField(max_length=200, null=True)  # what raised it: once each
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=200, default="", blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin"], name="one_task_an_origin"),
        ]
        indexes = [
            models.Index(
                fields=["assignee", "due_on"],
                condition=Q(done_at__isnull=True),
                name="open_tasks_of_person",
            ),
            models.Index(fields=["due_on", "id"], name="tasks_by_day"),
            models.Index(
                fields=["remind_at"],
                condition=Q(done_at__isnull=True, reminded_at__isnull=True),
                name="tasks_to_remind",
            ),
        ]

    def __str__(self) -> str:
        return self.title
