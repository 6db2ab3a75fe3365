import re

import pytest
from django.test import Client

from amity.base.time import now
from amity.kernel.access.models import User
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer
from amity.kernel.policy.models import PolicyVersion

pytestmark = pytest.mark.django_db


def test_the_component_page_shows_every_piece(ada_client: Client) -> None:
    response = ada_client.get("/ui/")

    assert response.status_code == 200
    for piece in ("rel-co_creation", "data-bulk", "data-chart", "timeline-mark", "empty-state"):
        assert piece in response.content.decode()


@pytest.mark.parametrize(("who", "status"), [("ada", 200), ("ben", 200), ("cleo", 403)])
def test_home_answers_by_role(who: str, status: int, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(f"{who}_client")

    assert client.get("/").status_code == status


def test_strangers_are_asked_to_sign_in(client: Client) -> None:
    assert client.get("/search?q=a").headers["Location"] == "/sign-in?next=/search?q=a"


def test_signing_in_with_a_password(client: Client, ada: User) -> None:
    ada.set_password("correct horse battery")
    ada.save()

    wrong = client.post("/sign-in", {"email": "ada@example.org", "password": "guess"})
    right = client.post(
        "/sign-in?next=/search",
        {"email": "ADA@example.org", "password": "correct horse battery", "next": "/search"},
    )

    assert wrong.status_code == 422
    assert right.headers["Location"] == "/search"


def test_signing_in_never_leaves_the_site(client: Client, ada: User) -> None:
    ada.set_password("correct horse battery")
    ada.save()

    response = client.post(
        "/sign-in",
        {
            "email": ada.email,
            "password": "correct horse battery",
            "next": "https://example.net/",
        },
    )

    assert response.headers["Location"] == "/"


def test_guessing_passwords_is_slowed_down(client: Client, ada: User) -> None:
    ada.set_password("correct horse battery")
    ada.save()
    for _guess in range(10):
        client.post("/sign-in", {"email": ada.email, "password": "guess"})

    response = client.post("/sign-in", {"email": ada.email, "password": "correct horse battery"})

    assert response.status_code == 422
    assert "Too many wrong passwords" in response.content.decode()


def test_a_one_time_link_works_once_and_only_by_post(client: Client, ada: User) -> None:
    from sesame.utils import get_token

    token = get_token(ada)
    asked = client.get("/sign-in/link", {"sesame": token})
    assert asked.status_code == 200
    assert "_auth_user_id" not in client.session

    assert client.post("/sign-in/link", {"sesame": token}).status_code == 302
    client.logout()

    assert client.post("/sign-in/link", {"sesame": token}).status_code == 403


def test_the_theme_is_kept_in_a_cookie(ada_client: Client) -> None:
    ada_client.post("/theme", {"theme": "dark"})
    assert 'data-theme="dark"' in ada_client.get("/").content.decode()

    ada_client.post("/theme", {"theme": ""})
    assert "data-theme=" not in ada_client.get("/").content.decode()


def test_the_forms_of_a_page_share_a_token_and_no_two_answers_do(ada: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")

    first, second = (
        set(
            re.findall(
                r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/").content.decode()
            )
        )
        for _ in range(2)
    )
    (token,) = first

    assert first.isdisjoint(second)
    assert client.post("/theme", {"theme": "dark"}).status_code == 403
    assert client.post("/theme", {"theme": "dark", "csrfmiddlewaretoken": token}).status_code == 302
    answer = client.post("/theme", {"theme": "dark"}, headers={"X-CSRFToken": token})
    assert answer.status_code == 302


def test_the_palette_gets_json_and_people_get_a_page(ada_client: Client) -> None:
    answer = ada_client.get("/search?q=home", headers={"Accept": "application/json"}).json()
    page = ada_client.get("/search?q=home", headers={"Accept": "text/html"})

    assert [result["label"] for result in answer["results"]] == ["Home"]
    assert 'href="/"' in page.content.decode()


def test_search_finds_customers_and_orders(ada_client: Client) -> None:
    at = now()
    customer = Customer.objects.create(
        name="Anna Berg", name_folded="anna berg", created_at=at, updated_at=at
    )
    Order.objects.create(
        number="A-17", customer=customer, ordered_on=at.date(), ordered_at=at, currency="USD"
    )

    def ask(words: str) -> list[tuple[str, str]]:
        answer = ada_client.get(f"/search?q={words}", headers={"Accept": "application/json"})
        return [(result["label"], result["url"]) for result in answer.json()["results"]]

    assert ask("nna+be") == [("Anna Berg", f"/customers/{customer.pk}")]
    assert ask("A-17") == [("Order A-17", f"/customers/{customer.pk}#orders")]
    assert ("New customer", "/customers/new") in ask("new")


def test_the_numbers_beside_places_come_after_the_page(ada_client: Client) -> None:
    at = now()
    PolicyVersion.objects.create(
        number=1, name="A proposal", status="proposal", document={}, created_at=at, updated_at=at
    )

    first = ada_client.get("/").content.decode()
    counts = ada_client.get("/navigation/counts").content.decode()
    second = ada_client.get("/").content.decode()

    number = '<span class="nav-count" id="count-canvas"'
    assert 'hx-get="/navigation/counts"' in first
    assert f"{number}></span>" in first
    assert f'{number} hx-swap-oob="true">1</span>' in counts
    assert f"{number}>1</span>" in second
    assert 'hx-get="/navigation/counts"' not in second


@pytest.mark.parametrize(("who", "status"), [("ada", 200), ("ben", 200), ("cleo", 403)])
def test_the_numbers_answer_by_role(who: str, status: int, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(f"{who}_client")

    assert client.get("/navigation/counts").status_code == status
