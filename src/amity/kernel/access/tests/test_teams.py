from datetime import UTC, datetime, timedelta

import pytest

from amity.base.results import NotFoundError
from amity.kernel.access.models import Absence, AuditEntry, Team, User
from amity.kernel.access.operations import (
    AbsenceError,
    TeamError,
    add_member,
    change_user,
    remove_absence,
    remove_member,
    save_team,
    set_absence,
)
from amity.kernel.access.queries import absences_of, absent_user_ids, members_of, teams_of
from amity.kernel.access.rules import SYSTEM

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def team(name: str = "North", calendar_key: str = "") -> Team:
    return save_team(key="north", name=name, calendar_key=calendar_key, actor=SYSTEM, at=AT)


def test_team_is_saved_by_its_key(ada: User) -> None:
    first = team(calendar_key="office-hours")
    again = team(name="Northern accounts")

    assert (again.pk, again.name, again.calendar_key) == (first.pk, "Northern accounts", "")
    actions = AuditEntry.objects.filter(object_type="team").order_by("pk")
    assert [entry.action for entry in actions] == ["team.created", "team.changed"]


@pytest.mark.parametrize(("key", "name"), [("", "x"), ("Key Accounts", "x"), ("ok", " ")])
def test_team_without_key_or_name_is_refused(key: str, name: str) -> None:
    with pytest.raises(TeamError):
        save_team(key=key, name=name, actor=SYSTEM, at=AT)

    assert not Team.objects.exists()


def test_members_come_leads_first_and_only_those_who_may_sign_in(ada: User, ben: User) -> None:
    north = team()
    add_member(team_id=north.pk, user_id=ada.pk, actor=SYSTEM, at=AT)
    add_member(team_id=north.pk, user_id=ben.pk, is_lead=True, actor=SYSTEM, at=AT)
    assert members_of(north.pk) == [ben, ada]
    assert teams_of(ada.pk) == [north]

    change_user(ben.pk, is_active=False, actor=SYSTEM, at=AT)
    assert members_of(north.pk) == [ada]
    remove_member(team_id=north.pk, user_id=ada.pk, actor=SYSTEM, at=AT)

    assert members_of(north.pk) == []
    with pytest.raises(NotFoundError):
        remove_member(team_id=north.pk, user_id=ada.pk, actor=SYSTEM, at=AT)


def test_a_team_that_is_switched_off_is_nobodys(ada: User) -> None:
    north = team()
    add_member(team_id=north.pk, user_id=ada.pk, actor=SYSTEM, at=AT)

    save_team(key="north", name="North", is_active=False, actor=SYSTEM, at=AT)

    assert teams_of(ada.pk) == []


def test_absence_holds_from_its_start_until_before_its_end(ada: User, ben: User) -> None:
    absence = set_absence(
        user_id=ada.pk, starts_at=AT, ends_at=AT + HOUR, note="Lake", actor=SYSTEM, at=AT
    )

    assert absent_user_ids(AT - timedelta(seconds=1)) == frozenset()
    assert absent_user_ids(AT) == {ada.pk}
    assert absent_user_ids(AT + HOUR) == frozenset()
    assert list(absences_of(ada.pk, since=AT)) == [absence]
    remove_absence(absence.pk, actor=SYSTEM, at=AT)
    assert absent_user_ids(AT) == frozenset()
    with pytest.raises(NotFoundError):
        remove_absence(absence.pk, actor=SYSTEM, at=AT)


def test_absence_that_ends_first_is_refused(ada: User) -> None:
    with pytest.raises(AbsenceError):
        set_absence(user_id=ada.pk, starts_at=AT, ends_at=AT, actor=SYSTEM, at=AT)

    assert not Absence.objects.exists()
