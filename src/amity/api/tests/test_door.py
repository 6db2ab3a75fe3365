import json
import threading
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from amity.base.time import now
from amity.kernel.access.models import ApiToken, IdempotencyRecord, User
from amity.kernel.access.operations import create_token
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer
from amity.kernel.rest import door
from amity.kernel.rest.limits import RateLimit

URL = "/api/v1/customers"
JSON = "application/json"


def add(client: Client, name: str, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(URL, {"name": name}, content_type=JSON, headers=headers)


def test_same_key_and_body_is_done_once_and_answered_alike(ada_api: Client) -> None:
    first = add(ada_api, "Ada", "k1")
    again = add(ada_api, "Ada", "k1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.content, again["ETag"]) == (first.content, first["ETag"])
    assert again["Location"] == first["Location"]
    assert again["Idempotent-Replayed"] == "true"
    assert Customer.objects.count() == 1


def test_same_key_with_another_body_is_refused(ada_api: Client) -> None:
    add(ada_api, "Ada", "k1")

    assert add(ada_api, "Bob", "k1").status_code == 422
    assert Customer.objects.count() == 1


def test_key_of_another_caller_is_another_key(ada_api: Client, ada_client: Client) -> None:
    add(ada_api, "Ada", "k1")

    assert add(ada_client, "Bob", "k1").status_code == 201


def test_refusal_is_repeated_under_its_key_and_changes_nothing(ada_api: Client) -> None:
    first = ada_api.post(
        URL,
        {"name": "Ada", "identities": [{"kind": "email", "value": "none"}]},
        content_type=JSON,
        headers={"Idempotency-Key": "k1"},
    )

    assert first.status_code == 422
    assert not Customer.objects.exists()
    assert IdempotencyRecord.objects.get().status_code == 422


def test_answer_is_not_replayed_to_a_token_that_was_revoked(ada_api: Client) -> None:
    add(ada_api, "Ada", "k1")
    ApiToken.objects.update(revoked_at=now())

    answer = add(ada_api, "Ada", "k1")

    assert answer.status_code == 401
    assert b"Ada" not in answer.content


def test_broken_operation_is_not_kept_and_may_be_repeated(
    ada_api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("secret-in-the-cause")

    with monkeypatch.context() as patched:
        patched.setattr("amity.kernel.customers.operations.profiles.record_audit", broken)
        first = add(ada_api, "Ada", "k1")
    assert (first.status_code, Customer.objects.count()) == (500, 0)
    assert b"secret-in-the-cause" not in first.content

    assert add(ada_api, "Ada", "k1").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_racing_requests_with_one_key_are_done_once(ada: User) -> None:
    _token, secret = create_token(
        user=ada, name="race", scopes=frozenset({"write"}), actor=SYSTEM, at=now()
    )
    start = threading.Barrier(6)
    answers: list[tuple[int, bytes]] = []

    def send() -> None:
        client = Client(headers={"authorization": f"Bearer {secret}"})
        start.wait()
        answer = add(client, "Ada", "one-key")
        answers.append((answer.status_code, answer.content))
        connections.close_all()

    if connection.vendor == "sqlite" and connection.is_in_memory_db():  # type: ignore[attr-defined]  # of the SQLite backend
        pytest.skip("threads cannot share a database in memory")
    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert Customer.objects.count() == 1


def test_stranger_and_wrong_token_are_asked_who_they_are(ada_api: Client) -> None:
    for headers in ({}, {"authorization": "Bearer am_wrong"}, {"authorization": "Basic YTpi"}):
        answer = Client(headers=headers).get(URL)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Content-Type"] == "application/problem+json"


def test_session_caller_needs_the_csrf_token(ada: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")

    refused = add(client, "Ada")
    client.cookies["csrftoken"] = "a" * 32
    accepted = client.post(
        URL, {"name": "Ada"}, content_type=JSON, headers={"X-CSRFToken": "a" * 32}
    )

    assert refused.status_code == 403
    assert accepted.status_code == 201
    assert client.get(URL).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", JSON, 400),
        (b'{"name": NaN}', JSON, 422),
        (b'{"name": "a\\u0000"}', JSON, 422),
        (b'{"name": "\\ud800"}', JSON, 422),
        (b"\xff", JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b'{"name": "Ada"}', "text/plain", 415),
        (b"name=Ada", "application/x-www-form-urlencoded", 415),
        (b'{"name": "' + b"a" * 3_000_000 + b'"}', JSON, 413),
        (b"", JSON, 422),
        (b"[]", JSON, 422),
    ],
)
def test_body_that_cannot_be_taken_is_a_problem(
    ada_api: Client, body: bytes, kind: str, status: int
) -> None:
    answer = ada_api.generic("POST", URL, body, content_type=kind)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["status"] == status
    assert not Customer.objects.exists()


def test_backslashes_in_a_text_are_no_nul(ada_api: Client) -> None:
    answer = add(ada_api, "C:\\u0000")

    assert answer.status_code == 201
    assert Customer.objects.get().name == "C:\\u0000"


def test_wrong_method_and_address_are_problems(ada_api: Client) -> None:
    method = ada_api.put(URL)
    address = ada_api.get("/api/v1/nothing")
    version = ada_api.get("/api/v9/customers")

    assert (method.status_code, method["Allow"]) == (405, "GET, POST")
    assert (address.status_code, version.status_code) == (404, 404)
    for answer in (method, address, version):
        assert answer["Content-Type"] == "application/problem+json"


def test_too_many_requests_are_told_when_to_come_back(
    ada_api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "RATE", RateLimit(rate=0.1, burst=2))

    answers = [ada_api.get(URL) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 1


@pytest.mark.parametrize(
    ("scopes", "read", "write"),
    [
        ({"read"}, 200, 403),
        ({"write"}, 200, 201),
        ({"customers.view"}, 200, 403),
        ({"customers.edit"}, 403, 201),
        ({"segments.view"}, 403, 403),
        (set(), 403, 403),
    ],
)
def test_token_may_only_what_its_scopes_say(
    ada: User, scopes: set[str], read: int, write: int
) -> None:
    _token, secret = create_token(
        user=ada, name="t", scopes=frozenset(scopes), actor=SYSTEM, at=now()
    )
    client = Client(headers={"authorization": f"Bearer {secret}"})

    assert client.get(URL).status_code == read
    assert add(client, "Ada").status_code == write


def test_token_of_somebody_who_left_is_dead(ada: User, ada_api: Client) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)

    assert ada_api.get(URL).status_code == 401
