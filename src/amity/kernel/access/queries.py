"""Reads of people: who is in which team, who is away, what an hour of whom costs."""

from datetime import datetime

from django.db.models import QuerySet

from amity.kernel.access.models import Absence, CostRate, Team, TeamMember, User
from amity.kernel.access.rules import CostRates


def absent_user_ids(at: datetime) -> frozenset[int]:
    """The people who are away at an instant; one statement."""
    away = Absence.objects.filter(starts_at__lte=at, ends_at__gt=at)
    return frozenset(away.values_list("user_id", flat=True))


def teams_of(user_id: int) -> list[Team]:
    """The active teams that a person belongs to, by name."""
    return list(Team.objects.filter(members__user_id=user_id, is_active=True).order_by("name"))


def members_of(team_id: int) -> list[User]:
    """The people of a team who may sign in, leads first, then by name."""
    rows = TeamMember.objects.filter(team_id=team_id, user__is_active=True)
    ordered = rows.select_related("user").order_by("-is_lead", "user__name", "user_id")
    return [row.user for row in ordered]


def teams_at_work() -> QuerySet[Team]:
    """The teams that work is given to."""
    return Team.objects.filter(is_active=True)


def active_teams() -> list[Team]:
    """The teams that work is given to, by name."""
    return list(teams_at_work().order_by("name", "pk")[:500])


def people_at_work() -> QuerySet[User]:
    """Those who may sign in and have a role."""
    return User.objects.filter(is_active=True).exclude(role="")


def active_people() -> list[User]:
    """Those who may sign in and have a role, by name."""
    return list(people_at_work().order_by("name", "pk")[:1000])


def absences_of(user_id: int, *, since: datetime) -> QuerySet[Absence]:
    """The absences of a person that are not over at `since`, soonest first."""
    return Absence.objects.filter(user_id=user_id, ends_at__gt=since).order_by("starts_at", "pk")


def cost_rates() -> CostRates:
    """What an hour of whom costs; one statement, two where a role has a rate."""
    rows = list(CostRate.objects.all())
    by_role = {row.role: row.hour_minor for row in rows if row.user_id is None}
    roles = [role for role in by_role if role]
    held = User.objects.filter(role__in=roles).values_list("pk", "role") if roles else ()
    people = {pk: by_role[role] for pk, role in held}
    people |= {row.user_id: row.hour_minor for row in rows if row.user_id is not None}
    return CostRates(people, by_role.get(""))
