"""/teams and /absences: who works together, and who is away."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.access import operations
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.access.models import Absence, Team, TeamMember
from amity.kernel.access.rules import may
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import Id, Instant, PageOf, Paging, Strict, Yes, utc

router = Router(tags=["teams"])
VIEW, MANAGE = ApiGuard("teams.view"), ApiGuard("teams.manage")
ABSENCES = ApiGuard("absences.edit")


class TeamKeyPath(Schema):
    """The key of a team."""

    key: str = Field(max_length=50, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")


class TeamOut(Schema):
    """A team; `calendar_key` is empty where it keeps the company's calendar."""

    id: int
    key: str
    name: str
    calendar_key: str
    is_active: bool


class TeamIn(Strict):
    """What a team is called and when it works."""

    name: str = Field(min_length=1, max_length=100)
    calendar_key: str = Field("", max_length=50)
    is_active: Yes = True


class TeamMemberOut(Schema):
    """A person's place in a team."""

    user_id: int
    name: str = Field(alias="user.name")
    is_lead: bool


class TeamMemberIn(Strict):
    """How a person is part of a team."""

    is_lead: Yes = False


@router.get("/teams", auth=VIEW, response=PageOf[TeamOut])
def list_teams(request: HttpRequest, wanted: Query[Paging]) -> Page[Team]:
    """All teams."""
    return page(Team.objects.all(), order="id", cursor=wanted.cursor, limit=wanted.limit)


@router.get("/teams/{key}", auth=VIEW, response=TeamOut)
def get_team(request: HttpRequest, named: Path[TeamKeyPath]) -> Team:
    """One team."""
    return _team(named.key)


@router.put("/teams/{key}", auth=MANAGE, response=TeamOut)
def put_team(request: HttpRequest, named: Path[TeamKeyPath], given: TeamIn) -> Team:
    """Makes or changes a team."""
    return operations.save_team(key=named.key, **given.dict(), actor=actor_of(request), at=now())


@router.get("/teams/{key}/members", auth=VIEW, response=list[TeamMemberOut])
def list_team_members(request: HttpRequest, named: Path[TeamKeyPath]) -> list[TeamMember]:
    """The people of a team, leads first (at most 1,000)."""
    rows = _team(named.key).members.select_related("user")
    return list(rows.order_by("-is_lead", "user__name", "user_id")[:1000])


@router.put("/teams/{key}/members/{user_id}", auth=MANAGE, response=TeamMemberOut)
def put_team_member(
    request: HttpRequest, named: Path[TeamKeyPath], user_id: Id, given: TeamMemberIn
) -> TeamMember:
    """Puts a person into a team."""
    return operations.add_member(
        team_id=_team(named.key).pk,
        user_id=user_id,
        is_lead=given.is_lead,
        actor=actor_of(request),
        at=now(),
    )


@router.delete("/teams/{key}/members/{user_id}", auth=MANAGE, response={204: None})
def remove_team_member(request: HttpRequest, named: Path[TeamKeyPath], user_id: Id) -> None:
    """Takes a person out of a team."""
    operations.remove_member(
        team_id=_team(named.key).pk, user_id=user_id, actor=actor_of(request), at=now()
    )


class AbsenceOut(Schema):
    """A span in which a person is away."""

    id: int
    user_id: int
    starts_at: datetime
    ends_at: datetime
    note: str


class AbsenceIn(Strict):
    """Who is away, from when until when; without `user_id` it is you."""

    starts_at: Instant
    ends_at: Instant
    note: str = Field("", max_length=200)
    user_id: Id | None = None


class AbsenceFilter(Paging):
    """Which absences."""

    user_id: Id | None = None


@router.get("/absences", auth=VIEW, response=PageOf[AbsenceOut])
def list_absences(request: HttpRequest, wanted: Query[AbsenceFilter]) -> Page[Absence]:
    """Who is or was away, newest notes first."""
    rows = Absence.objects.all()
    if wanted.user_id is not None:
        rows = rows.filter(user_id=wanted.user_id)
    return page(rows, order="-id", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/absences", auth=ABSENCES, response={201: AbsenceOut})
def add_absence(request: HttpRequest, given: AbsenceIn) -> Absence:
    """Notes an absence: yours, or another's with `teams.manage`."""
    actor = actor_of(request)
    user_id = given.user_id or actor.user_id or 0
    _own_or_manager(request, user_id)
    return operations.set_absence(
        user_id=user_id,
        starts_at=utc(given.starts_at, "starts_at"),
        ends_at=utc(given.ends_at, "ends_at"),
        note=given.note,
        actor=actor,
        at=now(),
    )


@router.delete("/absences/{absence_id}", auth=ABSENCES, response={204: None})
def remove_absence(request: HttpRequest, absence_id: Id) -> None:
    """Takes an absence back."""
    row = Absence.objects.filter(pk=absence_id).first()
    if row is None:
        raise NotFoundError(f"There is no absence {absence_id}.")
    _own_or_manager(request, row.user_id)
    operations.remove_absence(absence_id, actor=actor_of(request), at=now())


def _own_or_manager(request: HttpRequest, user_id: int) -> None:
    actor = actor_of(request)
    if user_id != actor.user_id and not may(actor, "teams.manage"):
        raise PermissionDenied("teams.manage")


def _team(key: str) -> Team:
    team = Team.objects.filter(key=key).first()
    if team is None:
        raise NotFoundError(f"There is no team {key}.")
    return team
