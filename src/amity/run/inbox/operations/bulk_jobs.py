"""One change to very many conversations as a job: in parts, with progress, taken back as one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from amity.base.results import AmityError, ConflictError, NotFoundError
from amity.base.vocabulary import Role
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.kernel.jobs.context import JobContext
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.operations import ACTIVE, enqueue, request_cancel
from amity.run.inbox.models import BulkChange
from amity.run.inbox.operations.bulk import apply_to_many, undo_bulk
from amity.run.inbox.operations.change import user_of
from amity.run.inbox.rules.bulk import BulkAction

PART = 100  # conversations of one transaction
CHANGE_JOB = "inbox.change_many"
UNDO_JOB = "inbox.undo_many"


@transaction.atomic
def start_bulk(ids: Sequence[int], *, action: BulkAction, actor: Actor, at: datetime) -> BulkChange:
    """Asks for the same to be done to each of these conversations by a job.

    Raises:
        InboxError: a machine asks.
    """
    change = BulkChange.objects.create(
        user_id=user_of(actor), at=at, action=action.as_json(), ids=sorted(set(ids))
    )
    _ask(change, CHANGE_JOB, actor, at)
    return change


@transaction.atomic
def start_bulk_undo(change_id: int, *, actor: Actor, at: datetime) -> BulkChange:
    """Asks for such a change to be taken back by a job, as far as it was done.

    Raises:
        NotFoundError: this person has made no such change.
        ConflictError: it is still at work, or was taken back already.
    """
    change = own_change(change_id, actor=actor, is_locked=True)
    if not can_be_undone(change):
        raise ConflictError("Nothing of this is left to take back.")
    if job_of(change, is_active=True) is not None:
        raise ConflictError("This is still at work. Cancel it first, or wait for its end.")
    _ask(change, UNDO_JOB, actor, at)
    return change


def cancel_bulk(change_id: int, *, actor: Actor, at: datetime) -> None:
    """Stops the job after the part that it is at; what is done stays until it is taken back.

    Raises:
        NotFoundError: this person has made no such change.
        ConflictError: it has ended.
    """
    job = job_of(own_change(change_id, actor=actor), is_active=True)
    if job is None:
        raise ConflictError("This has ended; there is nothing to cancel.")
    request_cancel(job.pk, actor=actor, at=at)


def own_change(change_id: int, *, actor: Actor, is_locked: bool = False) -> BulkChange:
    """The change of many that this person made.

    Raises:
        NotFoundError: there is none.
    """
    rows = BulkChange.objects.select_for_update() if is_locked else BulkChange.objects
    change = rows.filter(pk=change_id, user_id=actor.user_id or 0, part_of=None).first()
    if change is None:
        raise NotFoundError("There is no such change of yours.")
    return change


def can_be_undone(change: BulkChange) -> bool:
    """Whether something was done that is not taken back."""
    return change.parts.filter(undone_at=None).exists()


def job_of(change: BulkChange, *, is_active: bool = False) -> Job | None:
    """The job that works on the change; None where there is none, or none that is `is_active`."""
    rows = Job.objects.filter(pk=change.job_id or 0)
    return (rows.filter(status__in=ACTIVE) if is_active else rows).first()


def _ask(change: BulkChange, kind: str, actor: Actor, at: datetime) -> None:
    payload = {"change": change.pk}
    job = enqueue(kind, payload, at=at, unique_key=f"{kind}:{change.pk}", created_by=actor.user_id)
    change.job_id = job.pk
    change.save(update_fields=["job_id"])


def run(context: JobContext) -> dict[str, Any]:
    """Does the change, part by part; conversations that cannot be changed are passed over."""
    change = BulkChange.objects.select_related("user").get(pk=context.payload["change"])
    counts = {"done": 0, "changed": 0, "passed_over": 0, **context.checkpoint}
    while counts["done"] < len(change.ids):
        context.progress(counts["done"], len(change.ids))
        part = change.ids[counts["done"] : counts["done"] + PART]
        counts = _do_part(context, change, part, counts)
    return counts


@transaction.atomic
def _do_part(
    context: JobContext, change: BulkChange, part: Sequence[int], counts: dict[str, int]
) -> dict[str, int]:
    action, actor = BulkAction.from_json(change.action), _actor(change.user)
    made, refused = _tried(part, action, actor, context.now())
    BulkChange.objects.filter(pk__in=[one.pk for one in made]).update(part_of=change)
    counts = {
        "done": counts["done"] + len(part),
        "changed": counts["changed"] + sum(len(one.before) for one in made),
        "passed_over": counts["passed_over"] + refused,
    }
    context.save_checkpoint(counts)
    return counts


def _tried(
    part: Sequence[int], action: BulkAction, actor: Actor, at: datetime
) -> tuple[list[BulkChange], int]:
    """The changes that were made: one where all go, else one each, and how many were refused."""
    try:
        with transaction.atomic():
            return [apply_to_many(part, action=action, actor=actor, at=at)], 0
    except AmityError:
        if len(part) == 1:
            return [], 1
    tried = [_tried([pk], action, actor, at) for pk in part]
    return [one for made, _ in tried for one in made], sum(refused for _, refused in tried)


def undo(context: JobContext) -> dict[str, Any]:
    """Takes the change back, the last part first; what cannot be is passed over."""
    change = BulkChange.objects.select_related("user").get(pk=context.payload["change"])
    actor = _actor(change.user)
    counts = {"restored": 0, "passed_over": 0, **context.checkpoint}
    total = change.parts.count()
    while (part := change.parts.filter(undone_at=None).order_by("-pk").first()) is not None:
        left = change.parts.filter(undone_at=None).count()
        context.progress(total - left, total)
        counts = _undo_part(context, part, actor, counts)
    return counts


@transaction.atomic
def _undo_part(
    context: JobContext, part: BulkChange, actor: Actor, counts: dict[str, int]
) -> dict[str, int]:
    try:
        with transaction.atomic():
            restored, refused = len(undo_bulk(part.pk, actor=actor, at=context.now())), 0
    except AmityError:
        restored, refused = 0, len(part.before)
        BulkChange.objects.filter(pk=part.pk).update(undone_at=context.now())
    counts = {
        "restored": counts["restored"] + restored,
        "passed_over": counts["passed_over"] + refused,
    }
    context.save_checkpoint(counts)
    return counts


def _actor(user: User) -> Actor:
    role = Role(user.role) if user.role else None
    return Actor(kind="user", name=str(user), role=role, user_id=user.pk)
