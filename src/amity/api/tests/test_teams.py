from typing import Any

import pytest
from django.test import Client

from amity.base.time import now
from amity.kernel.access.models import Absence, User
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.operations import create_customer

pytestmark = pytest.mark.django_db
API = "/api/v1"
SPAN = {"starts_at": "2026-05-04T00:00:00Z", "ends_at": "2026-05-12T00:00:00Z"}


def put(client: Client, path: str, body: object) -> Any:
    return client.put(f"{API}{path}", body, content_type="application/json")


def post(client: Client, path: str, body: object) -> Any:
    return client.post(f"{API}{path}", body, content_type="application/json")


def test_team_and_its_people(ada_api: Client, ben_api: Client, ben: User) -> None:
    made = put(ada_api, "/teams/north", {"name": "North"}).json()
    put(ada_api, f"/teams/north/members/{ben.pk}", {"is_lead": True})

    assert ben_api.get(f"{API}/teams").json()["items"] == [made]
    assert ben_api.get(f"{API}/teams/north/members").json() == [
        {"user_id": ben.pk, "name": "Ben Larsen", "is_lead": True}
    ]
    assert put(ben_api, "/teams/north", {"name": "Mine"}).status_code == 403
    assert ada_api.delete(f"{API}/teams/north/members/{ben.pk}").status_code == 204
    assert ada_api.delete(f"{API}/teams/north/members/{ben.pk}").status_code == 404


def test_everybody_notes_their_own_absence_alone(
    ada: User, ada_api: Client, ben_api: Client
) -> None:
    own = post(ben_api, "/absences", {**SPAN, "note": "Lake"})

    assert own.status_code == 201
    assert post(ben_api, "/absences", {**SPAN, "user_id": ada.pk}).status_code == 403
    assert post(ben_api, "/absences", {**SPAN, "ends_at": SPAN["starts_at"]}).status_code == 422
    hers = post(ada_api, "/absences", SPAN).json()
    assert ben_api.delete(f"{API}/absences/{hers['id']}").status_code == 403
    assert ada_api.delete(f"{API}/absences/{own.json()['id']}").status_code == 204
    assert list(Absence.objects.values_list("user_id", flat=True)) == [ada.pk]


def test_owner_of_a_customer(ada_api: Client, ben_api: Client, ada: User, ben: User) -> None:
    pk = create_customer(name="Ann", actor=SYSTEM, at=now()).pk
    path = f"/customers/{pk}/owner"

    assert ben_api.get(f"{API}{path}").status_code == 404
    given = put(ada_api, path, {"owner_id": ada.pk, "deputy_id": ben.pk})
    assert given.status_code == 200
    assert ben_api.get(f"{API}{path}").json()["acting"] == {
        "user": {"id": ada.pk, "name": "Ada Okafor"},
        "part": "owner",
    }
    assert put(ben_api, path, {"owner_id": ben.pk}).status_code == 403
    assert put(ada_api, path, {}).status_code == 422
    assert put(ada_api, path, {"owner_id": 999_999}).status_code == 404
    assert ada_api.delete(f"{API}{path}").status_code == 204
    assert [row["owner_id"] for row in ben_api.get(f"{API}{path}s").json()] == [ada.pk]
