"""Teams, who is in them, and who is away when."""

from datetime import datetime, time, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.ids import slug
from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.models import Absence, Team, TeamMember, User
from amity.kernel.access.operations import (
    add_member,
    remove_absence,
    remove_member,
    save_team,
    set_absence,
)
from amity.kernel.access.queries import active_people
from amity.ui.notices import notify
from amity.web.settings.forms import AbsenceForm, TeamForm
from amity.web.settings.tabs import tabs_for
from amity.web.shell import shell_of


@requires("teams.view")
def index(request: HttpRequest) -> HttpResponse:
    """The teams with their people, and the absences to come."""
    form = TeamForm(request.POST or None)
    if request.method == "POST":
        _only("teams.manage", request)
        if form.is_valid() and _save(request, form):
            return redirect("settings_teams")
    return _page(request, form=form)


def _save(request: HttpRequest, form: TeamForm) -> bool:
    given = form.cleaned_data
    try:
        team = save_team(
            key=slug(given["name"], fallback=""),
            name=given["name"],
            calendar_key=given["calendar_key"],
            actor=actor_of(request),
            at=now(),
        )
    except AmityError as error:
        form.add_error("name", str(error))
        return False
    notify(request, _("Team “%s” saved") % team.name)
    return True


def _page(
    request: HttpRequest, *, form: TeamForm | None = None, away: AbsenceForm | None = None
) -> HttpResponse:
    at = now()
    members = TeamMember.objects.select_related("user").order_by("-is_lead", "user__name", "pk")
    given = {
        "tabs": tabs_for(request, "settings_teams"),
        "form": form or TeamForm(),
        "away": away or AbsenceForm(people=_people(request), initial={"user": _me(request)}),
        "teams": Team.objects.prefetch_related(Prefetch("members", members)).order_by(
            "-is_active", "name", "pk"
        )[:200],
        "people": active_people(),
        "absences": Absence.objects.filter(ends_at__gt=at)
        .select_related("user")
        .order_by("starts_at", "pk")[:200],
        "at": at,
        "me": _me(request),
    }
    is_refused = any(one is not None and one.errors for one in (form, away))
    return render(request, "web/settings/teams.html", given, status=422 if is_refused else 200)


def _only(permission: str, request: HttpRequest) -> None:
    if not shell_of(request).may(permission):
        raise PermissionDenied(permission)


def _me(request: HttpRequest) -> int:
    return actor_of(request).user_id or 0


def _people(request: HttpRequest) -> QuerySet[User]:
    """Whose absences this person may note: everybody's, else their own."""
    everybody = User.objects.filter(is_active=True).order_by("name", "pk")
    if shell_of(request).may("teams.manage"):
        return everybody
    return everybody.filter(pk=_me(request))


@requires("teams.manage")
@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives a team another name or calendar, or switches it off and on."""
    team = get_object_or_404(Team, pk=pk)
    active = {"1": True, "0": False}.get(request.POST.get("active", ""), team.is_active)
    save_team(
        key=team.key,
        name=request.POST.get("name", team.name),
        calendar_key=request.POST.get("calendar_key", team.calendar_key),
        is_active=active,
        actor=actor_of(request),
        at=now(),
    )
    notify(request, _("Team “%s” saved") % team.name)
    return redirect("settings_teams")


@requires("teams.manage")
@require_POST
def join(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts a person into a team."""
    add_member(
        team_id=pk,
        user_id=_number(request),
        is_lead=request.POST.get("lead") == "1",
        actor=actor_of(request),
        at=now(),
    )
    notify(request, _("Team changed"))
    return redirect("settings_teams")


@requires("teams.manage")
@require_POST
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a person out of a team."""
    remove_member(team_id=pk, user_id=_number(request), actor=actor_of(request), at=now())
    notify(request, _("Team changed"))
    return redirect("settings_teams")


def _number(request: HttpRequest) -> int:
    given = request.POST.get("user", "")
    return int(given) if given.isdecimal() and len(given) < 18 else 0


@requires("absences.edit")
@require_POST
def away(request: HttpRequest) -> HttpResponse:
    """Notes from which day to which somebody is away."""
    form = AbsenceForm(request.POST, people=_people(request))
    if not form.is_valid() or not _note(request, form):
        return _page(request, away=form)
    notify(request, _("Noted"))
    return redirect("settings_teams")


def _note(request: HttpRequest, form: AbsenceForm) -> bool:
    given = form.cleaned_data
    zone = timezone.get_current_timezone()
    after = given["last_day"] + timedelta(days=1)
    try:
        set_absence(
            user_id=given["user"].pk,
            starts_at=datetime.combine(given["first_day"], time.min, zone),
            ends_at=datetime.combine(after, time.min, zone),
            note=given["note"],
            actor=actor_of(request),
            at=now(),
        )
    except AmityError as error:
        form.add_error("last_day", str(error))
        return False
    return True


@requires("absences.edit")
@require_POST
def back(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes an absence back: one's own, or anybody's with the right to."""
    absence = get_object_or_404(Absence, pk=pk)
    if absence.user_id != _me(request):
        _only("teams.manage", request)
    remove_absence(pk, actor=actor_of(request), at=now())
    notify(request, _("Taken back"))
    return redirect("settings_teams")
