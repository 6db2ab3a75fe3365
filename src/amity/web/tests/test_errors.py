import pytest
from django.db import OperationalError
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def plain(ada_client: Client) -> Client:
    ada_client.raise_request_exception = False
    return ada_client


def test_a_wrong_address_says_so_and_gives_an_id(ada_client: Client) -> None:
    response = ada_client.get("/no/such/page")

    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()
    assert "quote" in response.content.decode()


def test_a_refused_person_learns_whom_to_ask(cleo_client: Client) -> None:
    response = cleo_client.get("/customers")

    assert response.status_code == 403
    assert "Ask an owner" in response.content.decode()


def test_a_fault_shows_the_id_that_stands_in_the_log(
    plain: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise ValueError("a secret detail")

    monkeypatch.setattr("amity.web.customers.queries.page_of", fail)

    response = plain.get("/customers")
    page = response.content.decode()

    assert response.status_code == 500
    assert "a secret detail" not in page
    incident = next(r.args[0] for r in caplog.records if r.msg.startswith("incident"))  # type: ignore[index]  # two arguments
    assert str(incident) in page


def test_a_database_that_is_away_asks_for_patience(
    plain: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("amity.web.customers.queries.page_of", fail)

    response = plain.get("/customers")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"


def test_a_form_without_its_token_is_refused_in_words(ada: object) -> None:
    client = Client(enforce_csrf_checks=True)

    response = client.post("/sign-in", {"email": "ada@example.org", "password": "x"})

    assert response.status_code == 403
    assert "cookies are off" in response.content.decode()


def test_a_missing_thing_is_no_incident(
    ada_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert ada_client.get("/jobs/999").status_code == 404
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
