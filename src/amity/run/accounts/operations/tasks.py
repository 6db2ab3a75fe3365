"""Tasks: added, changed, done and opened again; a repeating one brings the next."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from amity.base.results import AmityError, ConflictError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.run.accounts.models import Goal, Play, Task
from amity.run.accounts.operations.writing import audit, check_year, live_customer, log, unlog
from amity.run.accounts.rules.recurrence import clean_rule, next_day


class TaskError(AmityError):
    """A task that cannot be as it was given."""


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task as it is wanted; `origin` names what raised it, so that it is raised once."""

    title: str
    due_on: date
    customer_id: int | None = None
    assignee: User | None = None
    note: str = ""
    kind: str = Task.Kind.TODO
    rule: str = ""
    remind_at: datetime | None = None
    goal: Goal | None = None
    play: Play | None = None
    origin: str | None = None


@transaction.atomic
def add_task(new: NewTask, *, actor: Actor, at: datetime) -> tuple[Task, bool]:
    """Adds a task; the one that is there already where its origin raised one.

    Returns:
        The task, and whether it is new.

    Raises:
        TaskError: it has no title.
        YearError: a day lies outside the years 1900 to 2200.
        RecurrenceError: its rule is not understood.
        NotFoundError: there is no such customer.
    """
    if new.origin is not None:
        existing = Task.objects.filter(origin=new.origin).first()
        if existing is not None:
            return existing, False
    task = _row(new, actor=actor, at=at)
    try:
        with transaction.atomic():
            task.save(force_insert=True)
    except IntegrityError:  # another worker raised it meanwhile
        existing = Task.objects.filter(origin=new.origin).first()
        if existing is None:
            raise
        return existing, False
    audit("task_added", "task", task.pk, task.title, actor=actor, at=at)
    return task, True


def _row(new: NewTask, *, actor: Actor, at: datetime) -> Task:
    title = clean_text(new.title, field="title", max_length=200)
    if not title:
        raise TaskError("Say what is to be done.")
    check_year(new.due_on)
    check_year(new.remind_at)
    customer = live_customer(new.customer_id) if new.customer_id is not None else None
    return Task(
        customer=customer,
        assignee=new.assignee,
        kind=new.kind,
        title=title,
        note=clean_text(new.note, field="note", max_length=10_000),
        due_on=new.due_on,
        starts_on=new.due_on,
        remind_at=new.remind_at,
        rule=clean_rule(new.rule),
        goal=new.goal,
        play=new.play,
        origin=new.origin,
        created_at=at,
        created_by=actor.name[:200],
    )


@transaction.atomic
def change_task(task_id: int, *, changes: dict[str, Any], actor: Actor, at: datetime) -> Task:
    """Changes title, note, due_on, remind_at, rule or assignee of an open task.

    Raises:
        NotFoundError: there is no such task.
        ConflictError: it is done; open it again first.
        TaskError: it would have no title.
        YearError: a day lies outside the years 1900 to 2200.
        RecurrenceError: the rule is not understood.
    """
    task = _locked(task_id)
    if task.done_at is not None:
        raise ConflictError("This task is done. Open it again to change it.")
    cleaned = dict(changes)
    check_year(cleaned.get("due_on"))
    check_year(cleaned.get("remind_at"))
    if "title" in cleaned:
        cleaned["title"] = clean_text(cleaned["title"], field="title", max_length=200)
        if not cleaned["title"]:
            raise TaskError("Say what is to be done.")
    if "note" in cleaned:
        cleaned["note"] = clean_text(cleaned["note"], field="note", max_length=10_000)
    if "rule" in cleaned:
        cleaned["rule"] = clean_rule(cleaned["rule"])
    if "due_on" in cleaned and cleaned["due_on"] != task.due_on:
        cleaned["starts_on"] = cleaned["due_on"]
    if "remind_at" in cleaned and cleaned["remind_at"] != task.remind_at:
        cleaned["reminded_at"] = None
    for name, value in cleaned.items():
        setattr(task, name, value)
    task.save(update_fields=list(cleaned))
    audit("task_changed", "task", task.pk, ", ".join(sorted(changes)), actor=actor, at=at)
    return task


@transaction.atomic
def complete_task(task_id: int, *, actor: Actor, at: datetime) -> Task:
    """Marks a task as done; the same again changes nothing. A repeating one brings the next.

    Raises:
        NotFoundError: there is no such task.
    """
    task = _locked(task_id)
    if task.done_at is not None:
        return task
    task.done_at = at
    task.done_by = actor.name[:200]
    task.save(update_fields=["done_at", "done_by"])
    _repeat(task, at)
    if task.customer_id is not None:
        log(
            "accounts.task_done",
            customer_id=task.customer_id,
            source_id=_fact(task),
            subject=task.title,
            at=at,
        )
    audit("task_done", "task", task.pk, task.title, actor=actor, at=at)
    return task


def _fact(task: Task) -> str:
    return f"task:{task.pk}:{task.done_at.isoformat() if task.done_at else ''}"


def _repeat(task: Task, at: datetime) -> None:
    """The next task of the series: after this one's day, and not in the past."""
    after = max(task.due_on, at.date()) if task.rule else task.due_on
    day = next_day(task.rule, starts_on=task.starts_on, after=after)
    if day is None:
        return
    shift = day - task.due_on
    Task.objects.create(
        customer=task.customer,
        assignee=task.assignee,
        kind=task.kind,
        title=task.title,
        note=task.note,
        due_on=day,
        starts_on=task.starts_on,
        remind_at=task.remind_at + shift if task.remind_at else None,
        rule=task.rule,
        follows=task,
        goal=task.goal,
        created_at=at,
        created_by=task.created_by,
    )


@transaction.atomic
def reopen_task(task_id: int, *, actor: Actor, at: datetime) -> Task:
    """Opens a done task again: the next of its series goes, unless that one is done too.

    Raises:
        NotFoundError: there is no such task.
    """
    task = _locked(task_id)
    if task.done_at is None:
        return task
    unlog(_fact(task), at=at)
    Task.objects.filter(follows=task, done_at=None).delete()
    task.done_at = None
    task.done_by = ""
    task.save(update_fields=["done_at", "done_by"])
    audit("task_reopened", "task", task.pk, task.title, actor=actor, at=at)
    return task


def _locked(task_id: int) -> Task:
    task = Task.objects.select_for_update().filter(pk=task_id).first()
    if task is None:
        raise NotFoundError(f"There is no task {task_id}.")
    return task
