import csv
import io

import pytest
from django.test import Client

from amity.base.text import fold
from amity.base.time import now
from amity.kernel.access.models import AuditEntry
from amity.kernel.customers.models import Customer, Tag
from amity.kernel.segments.models import SavedView

pytestmark = pytest.mark.django_db
AT = now()


def add(*names: str, country: str = "") -> list[Customer]:
    return [
        Customer.objects.create(
            name=name, name_folded=fold(name), country=country, created_at=AT, updated_at=AT
        )
        for name in names
    ]


def tagged(name: str = "vip") -> list[str]:
    return sorted(Customer.objects.filter(tags__name=name).values_list("name", flat=True))


def test_the_ticked_customers_are_tagged_and_the_tagging_can_be_taken_back(
    ada_client: Client,
) -> None:
    anna, ben, _carla = add("Anna", "Ben", "Carla")
    ben.tags.add(Tag.objects.create(name="vip"))

    ada_client.post(
        "/customers/tagging", {"act": "tag", "tag_name": "vip", "ids": [anna.pk, ben.pk]}
    )
    assert tagged() == ["Anna", "Ben"]
    page = ada_client.get("/customers").content.decode()
    assert "1 customer tagged" in page
    assert "/customers/tagging/undo" in page

    ada_client.post("/customers/tagging/undo")
    assert tagged() == ["Ben"]


def test_all_that_match_are_tagged(ada_client: Client) -> None:
    add("Anna", "Annabel", country="AT")
    add("Bo", country="SE")

    ada_client.post(
        "/customers/tagging",
        {"act": "tag", "tag_name": "x", "everything": "1", "where": 'country is "AT"'},
    )

    assert tagged("x") == ["Anna", "Annabel"]


def test_a_tag_is_taken_off_and_put_back(ada_client: Client) -> None:
    (anna,) = add("Anna")
    anna.tags.add(Tag.objects.create(name="vip"))

    ada_client.post("/customers/tagging", {"act": "untag", "tag_name": "vip", "ids": [anna.pk]})
    assert tagged() == []

    ada_client.post("/customers/tagging/undo")
    assert tagged() == ["Anna"]


def test_a_tag_without_a_name_is_refused(ada_client: Client) -> None:
    (anna,) = add("Anna")

    response = ada_client.post("/customers/tagging", {"act": "tag", "ids": [anna.pk]})

    assert response.status_code == 422
    assert not Tag.objects.exists()


def test_the_export_has_what_was_chosen_and_is_written_down(ada_client: Client) -> None:
    add("Anna", "=cmd|'calc'", country="AT")
    add("Bo", country="SE")

    response = ada_client.post("/customers/export", {"everything": "1", "country": "AT"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # streamed
    rows = list(csv.DictReader(io.StringIO(text)))

    assert [row["name"] for row in rows] == ["Anna", "'=cmd|'calc'"]
    assert AuditEntry.objects.get(action="customers.exported").actor_name == "Ada Okafor"


def test_ben_may_export_but_not_tag(ben_client: Client) -> None:
    (anna,) = add("Anna")

    export = ben_client.post("/customers/export", {"ids": [anna.pk]})
    tag = ben_client.post("/customers/tagging", {"tag_name": "x", "ids": [anna.pk]})

    assert export.status_code == 200
    assert tag.status_code == 403
    assert not Tag.objects.exists()


def test_cleo_may_do_neither(cleo_client: Client) -> None:
    for address in ("/customers/export", "/customers/tagging", "/customers/views"):
        assert cleo_client.post(address, {"name": "x"}).status_code == 403
    assert not SavedView.objects.exists()


def test_a_written_filter_says_who_is_shown(ada_client: Client) -> None:
    add("Anna", country="AT")
    add("Bo", country="SE")

    page = ada_client.get("/customers?where=country+is+SE").content.decode()

    assert "Bo" in page
    assert "Anna" not in page


def test_a_filter_that_is_not_understood_says_why(ada_client: Client) -> None:
    add("Anna")

    wrong = ada_client.get("/customers?where=orders+in+last+90+dayz")
    unknown = ada_client.get("/customers?where=colour+is+red")

    assert wrong.status_code == unknown.status_code == 422
    assert "did you mean" in wrong.content.decode()
    assert "Anna" not in unknown.content.decode()


def test_a_view_is_saved_shown_shared_and_removed(ada_client: Client, ben_client: Client) -> None:
    add("Anna", country="AT")
    add("Bo", country="SE")
    given = {"name": "Austria", "country": "at", "sort": "name", "shared": "1"}

    address = ada_client.post("/customers/views", given).headers["Location"]
    shown = ada_client.get(address).content.decode()

    assert "Anna" in shown
    assert "Bo<" not in shown
    assert "Austria" in ben_client.get("/customers").content.decode()
    view = SavedView.objects.get()
    assert ben_client.post(f"/customers/views/{view.pk}/deletion").status_code == 404
    ada_client.post(f"/customers/views/{view.pk}/deletion")
    assert not SavedView.objects.exists()
