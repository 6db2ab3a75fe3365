"""What is to be done: one's own tasks, or everybody's."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.run.accounts.forms import TaskForm
from amity.run.accounts.models import Task
from amity.run.accounts.operations.tasks import (
    NewTask,
    add_task,
    change_task,
    complete_task,
    reopen_task,
)
from amity.run.accounts.queries.tasks import lately_done, open_tasks
from amity.run.accounts.views.common import me, status_of, tabs_for
from amity.ui.notices import notify
from amity.ui.paging import keyset_page

PAGE_SIZE = 50


@requires("accounts.view")
def index(request: HttpRequest) -> HttpResponse:
    """One's own open tasks; `whose=all` shows everybody's."""
    form = TaskForm(initial={"due_on": now().date(), "assignee": me(request).pk})
    return _page(request, form)


def _page(request: HttpRequest, form: TaskForm) -> HttpResponse:
    at, is_all = now(), request.GET.get("whose") == "all"
    user_id = None if is_all else me(request).pk
    page = keyset_page(
        open_tasks(user_id=user_id).order_by(),
        order=["due_on", "id"],
        size=PAGE_SIZE,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    whose = "&whose=all" if is_all else ""
    given = {
        "tabs": tabs_for(request, "accounts_tasks"),
        "page": page,
        "done": lately_done(at, user_id=user_id)[:10],
        "today": at.date(),
        "form": form,
        "is_all": is_all,
        "next_url": f"?after={page.next}{whose}" if page.next else "",
        "previous_url": f"?before={page.previous}{whose}" if page.previous else "",
    }
    return render(request, "accounts/tasks.html", given, status=status_of(form))


@requires("accounts.work")
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Adds a task."""
    form = TaskForm(request.POST)
    if not form.is_valid() or (task := _add(request, form)) is None:
        return _page(request, form)
    notify(request, _("“%s” is noted") % task.title)
    return _back(request, task)


def _add(request: HttpRequest, form: TaskForm) -> Task | None:
    given = form.cleaned_data
    try:
        task, _is_new = add_task(
            NewTask(
                title=given["title"],
                due_on=given["due_on"],
                customer_id=given["customer"],
                assignee=given["assignee"],
                note=given["note"],
                rule=given["rule"],
                remind_at=given["remind_at"],
            ),
            actor=actor_of(request),
            at=now(),
        )
    except AmityError as error:
        form.add_error(None, str(error))
        return None
    return task


@requires("accounts.work")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Changes a task, or gives it to somebody else."""
    task = get_object_or_404(Task.objects.select_related("customer"), pk=pk)
    names = ("title", "due_on", "assignee", "rule", "remind_at", "note")
    initial = {name: getattr(task, name) for name in names}
    form = TaskForm(request.POST or None, initial=initial)
    if task.rule and task.rule not in dict(form.fields["rule"].choices):  # type: ignore[attr-defined]  # it is a choice field
        form.fields["rule"].choices = [*form.fields["rule"].choices, (task.rule, task.rule)]  # type: ignore[attr-defined]  # it is a choice field
    if request.method == "POST" and form.is_valid() and _change(request, task, form, names):
        notify(request, _("Saved"))
        return _back(request, task)
    given = {"tabs": tabs_for(request, "accounts_tasks"), "task": task, "form": form}
    return render(request, "accounts/task.html", given, status=status_of(form))


def _change(request: HttpRequest, task: Task, form: TaskForm, names: tuple[str, ...]) -> bool:
    changes = {name: form.cleaned_data[name] for name in names}
    try:
        change_task(task.pk, changes=changes, actor=actor_of(request), at=now())
    except AmityError as error:
        form.add_error(None, str(error))
        return False
    return True


@requires("accounts.work")
@require_POST
def completion(request: HttpRequest, pk: int) -> HttpResponse:
    """Marks a task as done; can be undone."""
    task = complete_task(pk, actor=actor_of(request), at=now())
    undo = reverse("accounts_task_reopening", args=[pk])
    notify(request, _("“%s” is done") % task.title, undo_url=undo)
    return _back(request, task)


@requires("accounts.work")
@require_POST
def reopening(request: HttpRequest, pk: int) -> HttpResponse:
    """Opens a done task again."""
    task = reopen_task(pk, actor=actor_of(request), at=now())
    notify(request, _("“%s” is open again") % task.title)
    return _back(request, task)


def _back(request: HttpRequest, task: Task) -> HttpResponse:
    """To the account where the form stood there, else to the list."""
    if request.POST.get("from") == "account" and task.customer_id is not None:
        return redirect("account", pk=task.customer_id)
    return redirect("accounts_tasks")
