"""Changes to teams, who is in them, and who is away."""

from datetime import datetime

from django.db import transaction

from amity.base.ids import slug
from amity.base.results import AmityError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.models import Absence, Team, TeamMember, User
from amity.kernel.access.operations.audit import record_audit
from amity.kernel.access.rules import Actor


class TeamError(AmityError):
    """A team that cannot be as it was given."""


class AbsenceError(AmityError):
    """An absence that cannot be as it was given."""


@transaction.atomic
def save_team(
    *,
    key: str,
    name: str,
    actor: Actor,
    at: datetime,
    calendar_key: str = "",
    is_active: bool = True,
) -> Team:
    """Makes or changes the team with this key.

    Raises:
        TeamError: it has no name, or its key is not made of a-z, 0-9 and hyphens.
    """
    if not key or slug(key, fallback="") != key:
        raise TeamError("The key has small letters, digits and hyphens, as in key-accounts.")
    shown = clean_text(name, field="name", max_length=100)
    if not shown:
        raise TeamError("The team needs a name.")
    team, created = Team.objects.update_or_create(
        key=key,
        defaults={
            "name": shown,
            "calendar_key": clean_text(calendar_key, field="calendar", max_length=50),
            "is_active": is_active,
        },
    )
    _audit(
        "team.created" if created else "team.changed", "team", team.pk, shown, actor=actor, at=at
    )
    return team


@transaction.atomic
def add_member(
    *, team_id: int, user_id: int, actor: Actor, at: datetime, is_lead: bool = False
) -> TeamMember:
    """Puts a person into a team; the same again changes whether they lead it.

    Raises:
        NotFoundError: there is no such team or person.
    """
    team, user = _locked_team(team_id), _person(user_id)
    member, _made = TeamMember.objects.update_or_create(
        team=team, user=user, defaults={"is_lead": is_lead}
    )
    part = "lead" if is_lead else "member"
    _audit("team.member_added", "team", team.pk, f"{user} as {part}", actor=actor, at=at)
    return member


@transaction.atomic
def remove_member(*, team_id: int, user_id: int, actor: Actor, at: datetime) -> None:
    """Takes a person out of a team.

    Raises:
        NotFoundError: there is no such team, or they are not in it.
    """
    team = _locked_team(team_id)
    removed, _rows = TeamMember.objects.filter(team=team, user_id=user_id).delete()
    if not removed:
        raise NotFoundError(f"Person {user_id} is not in {team.name}.")
    _audit("team.member_removed", "team", team.pk, str(_person(user_id)), actor=actor, at=at)


@transaction.atomic
def set_absence(
    *,
    user_id: int,
    starts_at: datetime,
    ends_at: datetime,
    actor: Actor,
    at: datetime,
    note: str = "",
) -> Absence:
    """Notes that a person is away; work goes to those who stand in for them meanwhile.

    Raises:
        NotFoundError: there is no such person.
        AbsenceError: it ends before it starts.
    """
    user = _person(user_id)
    if ends_at <= starts_at:
        raise AbsenceError("The absence ends before it starts. Give a later end.")
    absence = Absence.objects.create(
        user=user,
        starts_at=starts_at,
        ends_at=ends_at,
        note=clean_text(note, field="note", max_length=200),
    )
    span = f"{starts_at:%Y-%m-%d %H:%M} to {ends_at:%Y-%m-%d %H:%M}"
    _audit("absence.set", "user", user.pk, span, actor=actor, at=at)
    return absence


@transaction.atomic
def remove_absence(absence_id: int, *, actor: Actor, at: datetime) -> None:
    """Takes an absence back.

    Raises:
        NotFoundError: there is none.
    """
    absence = Absence.objects.select_for_update().filter(pk=absence_id).first()
    if absence is None:
        raise NotFoundError(f"There is no absence {absence_id}.")
    span = f"{absence.starts_at:%Y-%m-%d %H:%M} to {absence.ends_at:%Y-%m-%d %H:%M}"
    absence.delete()
    _audit("absence.removed", "user", absence.user_id, span, actor=actor, at=at)


def _locked_team(team_id: int) -> Team:
    team = Team.objects.select_for_update().filter(pk=team_id).first()
    if team is None:
        raise NotFoundError(f"There is no team {team_id}. Add it in the settings.")
    return team


def _person(user_id: int) -> User:
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFoundError(f"There is no person {user_id}.")
    return user


def _audit(action: str, kind: str, pk: int, summary: str, *, actor: Actor, at: datetime) -> None:
    record_audit(actor=actor, action=action, object_type=kind, object_id=pk, at=at, summary=summary)
