"""Reminders of tasks by mail to who is to do them."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from amity.kernel.messaging.outbox import enqueue_mail
from amity.run.accounts.models import Task
from amity.run.accounts.queries.tasks import due_reminders

AT_ONCE = 500


def send_reminders(*, at: datetime) -> int:
    """Puts a mail into the outbox for each reminder that is due; how many there were."""
    due = list(due_reminders(at).values_list("pk", flat=True)[:AT_ONCE])
    return sum(_remind(pk, at) for pk in due)


@transaction.atomic
def _remind(task_id: int, at: datetime) -> bool:
    claimed = Task.objects.filter(pk=task_id, reminded_at=None).update(reminded_at=at)
    task = Task.objects.select_related("assignee", "customer").get(pk=task_id)
    if not claimed or task.assignee is None or task.remind_at is None:
        return False
    about = f"\nFor {task.customer.name}." if task.customer else ""
    enqueue_mail(
        key=f"accounts.remind:{task.pk}:{task.remind_at.isoformat()}",
        to=task.assignee.email,
        subject=f"To do: {task.title}"[:300],
        text=f"{task.title}\nDue on {task.due_on.isoformat()}.{about}\n\n"
        f"{settings.BASE_URL}/accounts/tasks\n",
        at=at,
    )
    return True
