import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from amity.base.time import now
from amity.kernel.access.models import Absence, Team, User
from amity.kernel.access.operations import add_member, save_team
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.operations import assign_owner, create_customer
from amity.kernel.customers.ownership import owner_of

pytestmark = pytest.mark.django_db


def north(*members: User, key: str = "north") -> Team:
    team = save_team(key=key, name=key.title(), actor=SYSTEM, at=now())
    for member in members:
        add_member(team_id=team.pk, user_id=member.pk, actor=SYSTEM, at=now())
    return team


def days(user: User, first: str = "2099-05-04", last: str = "2099-05-08") -> dict[str, object]:
    return {"user": user.pk, "first_day": first, "last_day": last, "note": "Lake"}


def test_a_team_gets_people_and_loses_them(ada_client: Client, ben: User) -> None:
    ada_client.post("/settings/teams", {"name": "Key accounts"})
    team = Team.objects.get(key="key-accounts")
    ada_client.post(f"/settings/teams/{team.pk}/members", {"user": ben.pk, "lead": "1"})

    assert "Ben Larsen" in ada_client.get("/settings/teams").content.decode()
    ada_client.post(f"/settings/teams/{team.pk}/departures", {"user": ben.pk})
    ada_client.post(f"/settings/teams/{team.pk}", {"active": "0"})

    team.refresh_from_db()
    assert (team.members.count(), team.is_active) == (0, False)


def test_a_name_without_letters_is_refused_beside_its_field(ada_client: Client) -> None:
    response = ada_client.post("/settings/teams", {"name": "!!"})

    assert response.status_code == 422
    assert "small letters" in response.content.decode()


def test_days_away_hold_the_last_one_too(ada: User, ada_client: Client) -> None:
    assert ada_client.post("/settings/absences", days(ada)).status_code == 302

    absence = Absence.objects.get()
    assert (absence.ends_at - absence.starts_at).days == 5
    assert "Lake" in ada_client.get("/settings/teams").content.decode()
    for last in ("2099-05-01", "9999-12-31"):
        assert ada_client.post("/settings/absences", days(ada, last=last)).status_code == 422


def test_ben_notes_his_own_absence_alone(ada: User, ben: User, ben_client: Client) -> None:
    assert ben_client.post("/settings/absences", days(ada)).status_code == 422
    assert ben_client.post("/settings/absences", days(ben)).status_code == 302
    hers = Absence.objects.create(user=ada, starts_at=now(), ends_at="2099-01-01T00:00Z")

    assert ben_client.post(f"/settings/absences/{hers.pk}/end").status_code == 403
    own = Absence.objects.get(user=ben)
    assert ben_client.post(f"/settings/absences/{own.pk}/end").status_code == 302
    assert ben_client.post("/settings/teams", {"name": "Mine"}).status_code == 403
    assert list(Absence.objects.all()) == [hers]
    assert not Team.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_number_of_times(
    count: int,
    ada: User,
    ben: User,
    ada_client: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(count):
        north(ada, ben, key=f"team-{number}")
        ada_client.post("/settings/absences", days(ben))

    with django_assert_max_num_queries(14):
        ada_client.get("/settings/teams")


def test_the_owner_is_shown_changed_and_filtered_by(
    ada: User, ben: User, ada_client: Client, ben_client: Client
) -> None:
    ann = create_customer(name="Ann Lee", actor=SYSTEM, at=now())
    create_customer(name="Zoe Poe", actor=SYSTEM, at=now())
    address = f"/customers/{ann.pk}/owner"
    assert ben_client.post(address, {"owner": ben.pk}).status_code == 403

    ada_client.post(address, {"owner": ada.pk, "deputy": ben.pk})

    assert "looked after by Ada Okafor" in ada_client.get(f"/customers/{ann.pk}").content.decode()
    listed = ada_client.get("/customers?owner=Ada+Okafor&columns=owner").content.decode()
    assert "Ann Lee" in listed
    assert "Zoe Poe" not in listed
    by_rule = ada_client.get('/customers?where=owner is "Ada Okafor"').content.decode()
    assert "Ann Lee" in by_rule
    assert "Zoe Poe" not in by_rule
    ada_client.post(address, {"owner": ada.pk, "deputy": ada.pk})
    answer = owner_of(ann.pk)
    assert answer is not None
    assert answer.deputy is not None
    assert answer.deputy.id == ben.pk
    ada_client.post(address, {"owner": "", "team": ""})
    assert owner_of(ann.pk) is None


def test_a_team_alone_can_look_after_somebody(ada: User, ada_client: Client) -> None:
    ann = create_customer(name="Ann Lee", actor=SYSTEM, at=now())
    assign_owner(ann.pk, team=north(ada), actor=SYSTEM, at=now())

    listed = ada_client.get("/customers?columns=owner").content.decode()

    assert "North" in listed
