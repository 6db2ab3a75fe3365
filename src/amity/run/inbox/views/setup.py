"""The pages on which the inbox is set up."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.models import User
from amity.kernel.access.operations import company
from amity.kernel.access.rules import may
from amity.run.inbox.forms.automation import MacroForm, RuleForm
from amity.run.inbox.forms.setup import ChoicesForm, ProfileForm, ReplyForm
from amity.run.inbox.models import AgentProfile, CannedReply, Macro, Rule
from amity.run.inbox.operations import setup as operations
from amity.run.inbox.operations.change import inbox_settings
from amity.run.inbox.operations.setup import RuleFields
from amity.run.inbox.queries import setup as reads
from amity.run.inbox.rules.actions import read_actions
from amity.run.inbox.rules.templates import VARIABLES
from amity.ui.notices import notify

Row = TypeVar("Row", bound=Model)


def show(
    request: HttpRequest, template: str, current: str, *, status: int = 200, **given: Any
) -> HttpResponse:
    """A page of the set-up under its tabs."""
    named = (
        ("choices", _("Promises and routing"), "inbox:setup"),
        ("agents", _("Agents"), "inbox:agents"),
        ("replies", _("Replies"), "inbox:replies"),
        ("macros", _("Macros"), "inbox:macros"),
        ("rules", _("Rules"), "inbox:rules"),
        ("topics", _("Topics"), "inbox:topics"),
        ("assistance", _("Assistance"), "inbox:assistance"),
    )
    given |= {
        "tabs": [(text, reverse(name), key == current) for key, text, name in named],
        "may_manage": may(actor_of(request), "inbox.manage"),
        "currency": company().currency,
    }
    return render(request, f"inbox/setup/{template}.html", given, status=status)


def _found(model: type[Row], pk: int) -> Row:
    row = model._default_manager.filter(pk=pk).first()
    if row is None:
        raise Http404(_("It is not there (any more)."))
    return row


def _tried(form: Form, change: Callable[[], object]) -> bool:
    """Whether the change was made; a refusal is shown on the form."""
    if form.errors:
        return False
    try:
        change()
    except AmityError as error:
        form.add_error(None, str(error))
        return False
    return True


@requires("inbox.view")
def choices(request: HttpRequest) -> HttpResponse:
    """What holds for the whole inbox; who may not manage sees it."""
    row, currency = inbox_settings(), company().currency
    form = ChoicesForm(initial=ChoicesForm.initial_of(row, currency), currency=currency)
    return show(request, "choices", "choices", form=form, row=row)


@requires("inbox.manage")
@require_POST
def choices_change(request: HttpRequest) -> HttpResponse:
    """Keeps the choices."""
    form = ChoicesForm(request.POST, currency=company().currency)
    actor = actor_of(request)
    if form.is_valid() and _tried(
        form, lambda: operations.save_choices(changes=form.changes(), actor=actor, at=now())
    ):
        notify(request, _("Kept"))
        return redirect("inbox:setup")
    return show(request, "choices", "choices", status=422, form=form, row=inbox_settings())


@requires("inbox.view")
def agents(request: HttpRequest) -> HttpResponse:
    """Everybody who may answer, and what they have."""
    return show(request, "agents", "agents", agents=reads.agents(now()))


@requires("inbox.manage")
def agent(request: HttpRequest, pk: int) -> HttpResponse:
    """How one person takes part."""
    user = _found(User, pk)
    row = AgentProfile.objects.filter(user=user).first()
    form = ProfileForm(request.POST or None, initial=ProfileForm.initial_of(row))
    actor = actor_of(request)
    if request.method == "POST" and form.is_valid():
        saved = _tried(
            form,
            lambda: operations.save_profile(
                user_id=pk, profile=form.profile(), actor=actor, at=now()
            ),
        )
        if saved:
            notify(request, _("Kept"))
            return redirect("inbox:agents")
    status = 422 if form.errors else 200
    return show(request, "agent", "agents", status=status, form=form, person=user)


@requires("inbox.reply")
@require_POST
def availability(request: HttpRequest) -> HttpResponse:
    """Says whether one takes new conversations now."""
    is_available = request.POST.get("available") == "1"
    operations.set_availability(is_available=is_available, actor=actor_of(request), at=now())
    words = _("New conversations come to you") if is_available else _("Nothing new comes to you")
    notify(request, words)
    return redirect("inbox:agents")


@requires("inbox.view")
def replies(request: HttpRequest) -> HttpResponse:
    """Texts to answer with."""
    found = reads.replies_for(actor_of(request).user_id)
    return show(request, "replies", "replies", replies=found)


@requires("inbox.manage")
def reply(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One text."""
    row = _found(CannedReply, pk) if pk is not None else None
    actor = actor_of(request)
    if row is not None and row.owner_id not in {None, actor.user_id}:
        raise Http404(_("It is not there (any more)."))
    form = ReplyForm(request.POST or None, initial=ReplyForm.initial_of(row) if row else {})
    if request.method == "POST" and form.is_valid():
        saved = _tried(
            form,
            lambda: operations.save_reply(**form.cleaned_data, reply_id=pk, actor=actor, at=now()),
        )
        if saved:
            notify(request, _("Kept"))
            return redirect("inbox:replies")
    status = 422 if form.errors else 200
    given = {"form": form, "row": row, "variables": VARIABLES}
    return show(request, "reply", "replies", status=status, **given)


@requires("inbox.view")
def macros(request: HttpRequest) -> HttpResponse:
    """Several actions in one step."""
    names = reads.names_of_people_and_teams()
    rows = [
        (row, [action.words(names) for action in read_actions(row.actions)])
        for row in reads.macros()
    ]
    return show(request, "macros", "macros", rows=rows)


@requires("inbox.manage")
def macro(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One macro."""
    row = _found(Macro, pk) if pk is not None else None
    form = MacroForm(request.POST or None, initial=MacroForm.initial_of(row) if row else {})
    if request.method == "POST" and form.is_valid() and _macro_saved(request, form, pk):
        notify(request, _("Kept"))
        return redirect("inbox:macros")
    return show(request, "macro", "macros", status=422 if form.errors else 200, form=form, row=row)


def _macro_saved(request: HttpRequest, form: MacroForm, pk: int | None) -> bool:
    actions = form.actions()
    return _tried(
        form,
        lambda: operations.save_macro(
            name=form.cleaned_data["name"],
            shortcut=form.cleaned_data["shortcut"],
            actions=actions,
            macro_id=pk,
            actor=actor_of(request),
            at=now(),
        ),
    )


@requires("inbox.view")
def rules(request: HttpRequest) -> HttpResponse:
    """What happens by itself, how often it did, and what its conversations cost."""
    return show(request, "rules", "rules", rows=reads.rules(now()))


@requires("inbox.manage")
def rule(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One rule, and its log."""
    row = _found(Rule, pk) if pk is not None else None
    form = RuleForm(request.POST or None, initial=RuleForm.initial_of(row) if row else {})
    if request.method == "POST" and form.is_valid() and _rule_saved(request, form, pk):
        notify(request, _("Kept"))
        return redirect("inbox:rules")
    given = {"form": form, "row": row, "firings": reads.firings(row) if row else []}
    return show(request, "rule", "rules", status=422 if form.errors else 200, **given)


def _rule_saved(request: HttpRequest, form: RuleForm, pk: int | None) -> bool:
    given = form.cleaned_data
    fields = RuleFields(
        name=given["name"],
        event=given["event"],
        position=given["position"],
        is_active=given["is_active"],
        conditions=form.conditions(),
        actions=form.actions(),
    )
    return _tried(
        form,
        lambda: operations.save_rule(fields=fields, rule_id=pk, actor=actor_of(request), at=now()),
    )


@requires("inbox.manage")
@require_POST
def reply_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Removes a text."""
    operations.remove_reply(pk, actor=actor_of(request), at=now())
    notify(request, _("Removed"))
    return redirect("inbox:replies")


@requires("inbox.manage")
@require_POST
def macro_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Removes a macro."""
    operations.remove_macro(pk, actor=actor_of(request), at=now())
    notify(request, _("Removed"))
    return redirect("inbox:macros")


@requires("inbox.manage")
@require_POST
def rule_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Removes a rule with its log."""
    operations.remove_rule(pk, actor=actor_of(request), at=now())
    notify(request, _("Removed"))
    return redirect("inbox:rules")
