"""Playbooks: written, and begun for a customer by a person or by what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from amity.base.results import AmityError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.kernel.customers.ownership import acting_owner, owner_of
from amity.run.accounts.models import Play, Playbook, PlaybookStep, Task
from amity.run.accounts.operations.tasks import NewTask, add_task
from amity.run.accounts.operations.writing import audit, live_customer, log
from amity.run.accounts.queries.events import happened

LOOKS_BACK = timedelta(days=1)  # a worker that stood longer begins no playbook for what it missed


class PlaybookError(AmityError):
    """A playbook that cannot be as it was given."""


@dataclass(frozen=True, slots=True)
class Step:
    """A task of a playbook, due so many days after its begin; `part` is owner or deputy."""

    title: str
    days_after: int = 0
    part: str = PlaybookStep.Part.OWNER


@transaction.atomic
def save_playbook(
    *,
    name: str,
    steps: Sequence[Step],
    actor: Actor,
    at: datetime,
    description: str = "",
    trigger: str = "",
    is_active: bool = True,
) -> Playbook:
    """Writes the playbook of this name; plays that run keep their tasks.

    Raises:
        PlaybookError: it has no name or no steps, or a step cannot be.
    """
    said = clean_text(name, field="name", max_length=100)
    if not said or not steps or len(steps) > 50:
        raise PlaybookError("A playbook has a name and 1 to 50 steps.")
    if any(not 0 <= step.days_after <= 3650 for step in steps):
        raise PlaybookError("A step is due 0 to 3,650 days after the begin.")
    playbook, _made = Playbook.objects.update_or_create(
        name=said,
        defaults={
            "description": clean_text(description, field="description", max_length=500),
            "trigger": clean_text(trigger, field="trigger", max_length=60),
            "is_active": is_active,
            "listens_since": at,
        },
    )
    playbook.steps.all().delete()
    PlaybookStep.objects.bulk_create(
        PlaybookStep(
            playbook=playbook,
            position=place,
            title=clean_text(step.title, field="step", max_length=200),
            days_after=step.days_after,
            part=step.part,
        )
        for place, step in enumerate(steps)
    )
    audit("playbook_saved", "playbook", playbook.pk, said, actor=actor, at=at)
    return playbook


@transaction.atomic
def start_play(
    playbook_id: int, *, customer_id: int, occasion: str, actor: Actor, at: datetime
) -> tuple[Play, bool]:
    """Begins a playbook for a customer: one task a step. The same occasion begins it once.

    Returns:
        The play, and whether it began now.

    Raises:
        NotFoundError: there is no such active playbook or customer.
    """
    playbook = Playbook.objects.filter(pk=playbook_id, is_active=True).first()
    if playbook is None:
        raise NotFoundError(f"There is no active playbook {playbook_id}.")
    customer = live_customer(customer_id)
    existing = Play.objects.filter(playbook=playbook, occasion=occasion[:200]).first()
    if existing is not None:
        return existing, False
    try:
        with transaction.atomic():
            play = Play.objects.create(
                playbook=playbook,
                customer=customer,
                occasion=occasion[:200],
                started_at=at,
                started_by=actor.name[:200],
            )
    except IntegrityError:  # another worker was first
        return Play.objects.get(playbook=playbook, occasion=occasion[:200]), False
    _add_tasks(play, playbook, actor=actor, at=at)
    log(
        "accounts.play_started",
        customer_id=customer.pk,
        source_id=f"play:{play.pk}",
        subject=playbook.name,
        at=at,
    )
    audit("play_started", "customer", customer.pk, playbook.name, actor=actor, at=at)
    return play, True


def _add_tasks(play: Play, playbook: Playbook, *, actor: Actor, at: datetime) -> None:
    answer, acting = owner_of(play.customer_id, at=at), acting_owner(play.customer_id, at)
    deputy = answer.deputy.id if answer is not None and answer.deputy is not None else None
    owner = acting.user.id if acting is not None else None
    users = {user.pk: user for user in User.objects.filter(pk__in=[deputy, owner])}
    for step in playbook.steps.order_by("position"):
        chosen = deputy if step.part == PlaybookStep.Part.DEPUTY and deputy else owner
        add_task(
            NewTask(
                title=step.title,
                due_on=at.date() + timedelta(days=step.days_after),
                customer_id=play.customer_id,
                assignee=users.get(chosen) if chosen is not None else None,
                kind=Task.Kind.PLAY,
                play=play,
                origin=f"play:{play.pk}:{step.position}",
            ),
            actor=actor,
            at=at,
        )


def start_by_events(*, actor: Actor, at: datetime) -> int:
    """Begins the playbooks for which something happened in the last day; how many began.

    Only for customers whom somebody looks after; each row of the log begins a playbook once. Read
    from the log every few minutes rather than by subscription: a job for each of a thousand mails
    would cost more than it gives.
    """
    begun = 0
    for playbook in Playbook.objects.filter(is_active=True).exclude(trigger=""):
        since = max(playbook.listens_since or at, at - LOOKS_BACK)
        for interaction_id, customer_id in happened(playbook.trigger, since=since, until=at):
            _play, is_new = start_play(
                playbook.pk,
                customer_id=customer_id,
                occasion=f"interaction:{interaction_id}",
                actor=actor,
                at=at,
            )
            begun += is_new
    return begun
