import pytest
from django.test import Client

from amity.kernel.access.models import ApiToken, AuditEntry, User, WriteKey
from amity.kernel.access.operations import company
from amity.kernel.customers.models import CustomFieldDefinition

pytestmark = pytest.mark.django_db
PAGES = {
    "/settings": (200, 200, 403),
    "/settings/fields": (200, 200, 403),
    "/settings/people": (200, 403, 403),
    "/settings/teams": (200, 200, 403),
    "/settings/tokens": (200, 200, 403),
    "/settings/tracking-keys": (200, 403, 403),
    "/settings/trail": (200, 403, 403),
}


@pytest.mark.parametrize(("address", "answers"), PAGES.items())
def test_each_page_answers_by_role(
    address: str,
    answers: tuple[int, int, int],
    ada_client: Client,
    ben_client: Client,
    cleo_client: Client,
) -> None:
    clients = (ada_client, ben_client, cleo_client)

    assert tuple(client.get(address).status_code for client in clients) == answers


def settings(**changes: str) -> dict[str, str]:
    return {
        "name": "Acme",
        "currency": "EUR",
        "time_zone": "Europe/Vienna",
        "language": "en",
        "country": "AT",
        **changes,
    }


def test_the_company_is_changed(ada_client: Client) -> None:
    response = ada_client.post("/settings", settings())

    assert response.status_code == 302
    row = company()
    assert (row.name, row.currency, row.time_zone) == ("Acme", "EUR", "Europe/Vienna")


def test_a_wrong_setting_is_refused_beside_its_field(ada_client: Client) -> None:
    response = ada_client.post("/settings", settings(time_zone="Vienna"))

    assert response.status_code == 422
    assert "Use a name like Europe/Berlin" in response.content.decode()
    assert company().name == "My company"


def test_ben_may_look_but_not_change(ben_client: Client) -> None:
    assert ben_client.post("/settings", settings()).status_code == 403
    assert ben_client.post("/settings/fields", {"label": "Size", "kind": "text"}).status_code == 403
    assert company().name == "My company"
    assert not CustomFieldDefinition.objects.exists()


def test_a_new_person_gets_a_link_that_is_shown_once(ada_client: Client) -> None:
    given = {"name": "Dora", "email": "dora@example.org", "role": "agent"}

    page = ada_client.post("/settings/people", given).content.decode()

    assert User.objects.get(email="dora@example.org").role == "agent"
    assert "/sign-in/link?sesame=" in page
    assert "sesame=" not in ada_client.get("/settings/people").content.decode()


def test_the_last_owner_stays_owner(ada: User, ada_client: Client) -> None:
    response = ada_client.post(f"/settings/people/{ada.pk}", {"role": "agent"})

    assert response.status_code == 409
    ada.refresh_from_db()
    assert ada.role == "owner"


def test_a_person_is_switched_off(ada_client: Client, ben: User, ben_client: Client) -> None:
    ada_client.post(f"/settings/people/{ben.pk}", {"active": "0"})

    ben.refresh_from_db()
    assert not ben.is_active
    assert ben_client.get("/").status_code == 302


def test_a_link_made_for_somebody_is_written_down(ada_client: Client, ben: User) -> None:
    page = ada_client.post(f"/settings/people/{ben.pk}/link").content.decode()

    assert "sesame=" in page
    assert AuditEntry.objects.get(action="user.link_made").object_id == str(ben.pk)


def test_a_token_is_shown_once_and_ended(ben_client: Client) -> None:
    given = {"name": "Report", "scope": "read", "days": "30"}

    page = ben_client.post("/settings/tokens", given).content.decode()
    token = ApiToken.objects.get()

    assert page.count("am_") >= 1
    assert token.expires_at is not None
    ben_client.post(f"/settings/tokens/{token.pk}/end")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_nobody_ends_the_token_of_another(ada_client: Client, ben_client: Client) -> None:
    ben_client.post("/settings/tokens", {"name": "Report", "scope": "read"})
    token = ApiToken.objects.get()

    assert ada_client.post(f"/settings/tokens/{token.pk}/end").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_a_tracking_key_is_made_and_ended(ada_client: Client) -> None:
    ada_client.post("/settings/tracking-keys", {"name": "Shop", "touchpoint": "web"})
    key = WriteKey.objects.get()

    ada_client.post(f"/settings/tracking-keys/{key.pk}/end")

    key.refresh_from_db()
    assert key.revoked_at is not None


def test_a_field_of_ones_own_is_added(ada_client: Client) -> None:
    given = {"label": "Plan", "kind": "choice", "choices": "free\n\npro\n"}

    ada_client.post("/settings/fields", given)

    assert CustomFieldDefinition.objects.get().choices == ["free", "pro"]


def test_the_trail_says_who_did_it(ada_client: Client) -> None:
    ada_client.post("/settings", settings())

    page = ada_client.get("/settings/trail").content.decode()

    assert "company.changed" in page
    assert "Ada Okafor" in page
