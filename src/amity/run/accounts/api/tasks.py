"""/accounts/tasks: what is to be done."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.access.models import User
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import Id, Instant, PageOf, Paging, Strict, Yes, utc
from amity.run.accounts.models import Task
from amity.run.accounts.operations.tasks import (
    NewTask,
    add_task,
    change_task,
    complete_task,
    reopen_task,
)

router = Router(tags=["accounts"])
VIEW, WORK = ApiGuard("accounts.view"), ApiGuard("accounts.work")


class AccountTaskOut(Schema):
    """A task; `rule` is a rule of RFC 5545, `done_at` null while it is open."""

    id: int
    kind: str
    title: str
    note: str
    customer_id: int | None
    assignee_id: int | None
    due_on: date
    remind_at: datetime | None
    rule: str
    done_at: datetime | None
    done_by: str
    created_at: datetime


class AccountTaskIn(Strict):
    """A new task."""

    title: str = Field(min_length=1, max_length=200)
    due_on: date
    customer_id: Id | None = None
    assignee_id: Id | None = None
    note: str = Field("", max_length=10_000)
    rule: str = Field("", max_length=200, description="As in FREQ=WEEKLY;BYDAY=MO.")
    remind_at: Instant | None = None


class AccountTaskPatch(Strict):
    """What to change of an open task; what is left out stays."""

    title: str | None = Field(None, min_length=1, max_length=200)
    due_on: date | None = None
    assignee_id: Id | None = None
    note: str | None = Field(None, max_length=10_000)
    rule: str | None = Field(None, max_length=200)
    remind_at: Instant | None = None


class AccountTaskFilter(Paging):
    """Which tasks."""

    assignee_id: Id | None = None
    customer_id: Id | None = None
    is_done: bool | None = None


@router.get("/tasks", auth=VIEW, response=PageOf[AccountTaskOut])
def list_tasks(request: HttpRequest, wanted: Query[AccountTaskFilter]) -> Page[Task]:
    """Tasks, the newest first."""
    rows = Task.objects.all()
    if wanted.assignee_id is not None:
        rows = rows.filter(assignee_id=wanted.assignee_id)
    if wanted.customer_id is not None:
        rows = rows.filter(customer_id=wanted.customer_id)
    if wanted.is_done is not None:
        rows = rows.filter(done_at__isnull=not wanted.is_done)
    return page(rows, order="-id", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/tasks", auth=WORK, response={201: AccountTaskOut})
def post_task(request: HttpRequest, given: AccountTaskIn) -> Task:
    """Adds a task."""
    fields = given.dict(exclude={"assignee_id", "remind_at"})
    task, _is_new = add_task(
        NewTask(
            **fields,
            assignee=_user(given.assignee_id),
            remind_at=utc(given.remind_at, "remind_at") if given.remind_at else None,
        ),
        actor=actor_of(request),
        at=now(),
    )
    return task


@router.get("/tasks/{task_id}", auth=VIEW, response=AccountTaskOut)
def get_task(request: HttpRequest, task_id: Id) -> Task:
    """One task."""
    return _found(task_id)


@router.patch("/tasks/{task_id}", auth=WORK, response=AccountTaskOut)
def patch_task(request: HttpRequest, task_id: Id, given: AccountTaskPatch) -> Task:
    """Changes an open task."""
    sent = given.dict(exclude_unset=True)
    changes: dict[str, Any] = {
        name: value
        for name, value in sent.items()
        if name != "assignee_id" and (value is not None or name == "remind_at")
    }
    if "assignee_id" in sent:
        changes["assignee"] = _user(sent["assignee_id"])
    if changes.get("remind_at"):
        changes["remind_at"] = utc(changes["remind_at"], "remind_at")
    return change_task(task_id, changes=changes, actor=actor_of(request), at=now())


class DoneIn(Strict):
    """Whether the task is done."""

    is_done: Yes


@router.put("/tasks/{task_id}/state", auth=WORK, response=AccountTaskOut)
def put_state(request: HttpRequest, task_id: Id, given: DoneIn) -> Task:
    """Marks a task as done, or opens it again."""
    change = complete_task if given.is_done else reopen_task
    return change(task_id, actor=actor_of(request), at=now())


def _found(task_id: int) -> Task:
    task = Task.objects.filter(pk=task_id).first()
    if task is None:
        raise NotFoundError(f"There is no task {task_id}.")
    return task


def _user(user_id: int | None) -> User | None:
    if user_id is None:
        return None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFoundError(f"There is no person {user_id} who may sign in.")
    return user
