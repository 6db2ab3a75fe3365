"""The OpenAPI document says what the API does, and every operation has its guard."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from django.test import Client
from pydantic import BaseModel

from amity.api.openapi import METHODS
from amity.api.root import api
from amity.kernel.access.doors import ApiGuard
from amity.kernel.access.rules import policy_table

DOCUMENT: dict[str, Any] = api.get_openapi_schema(path_prefix="/api/v1/")


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield method, path, operation


OPERATIONS = list(operations())
NAMES = [f"{method} {path}" for method, path, _ in OPERATIONS]


def test_document_is_served_at_the_root(client: Client) -> None:
    answer = client.get("/openapi.json")

    assert answer.json()["openapi"] == "3.1.0"
    assert answer.json() == client.get("/api/v1/openapi.json").json()
    assert len(answer.json()["paths"]) == len(DOCUMENT["paths"]) > 5


def test_every_operation_has_one_guard_of_the_policy_table() -> None:
    unguarded = []
    for bound in api._get_bound_routers():
        for path, view in bound.path_operations.items():
            for operation in view.operations:
                guards = list(operation.auth_callbacks)
                if len(guards) != 1 or not isinstance(guards[0], ApiGuard):
                    unguarded.append(f"{operation.methods} {bound.prefix}{path}")
                else:
                    assert guards[0].permission in policy_table()
    assert unguarded == []


def test_operation_names_are_unique() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(names) == len(set(names))


def test_no_two_schemas_share_a_name() -> None:
    named: dict[str, set[str]] = {}
    for bound in api._get_bound_routers():
        for view in bound.path_operations.values():
            for operation in view.operations:
                for model in (*operation.models, *operation.response_models.values()):
                    for found in _schemas(model):
                        named.setdefault(found.__name__, set()).add(found.__module__)
    shared = {name: modules for name, modules in named.items() if len(modules) > 1}
    ours = {name: where for name, where in shared.items() if any("amity" in w for w in where)}

    assert ours == {}  # the later one would overwrite the earlier one in the document


def _schemas(model: object) -> Iterator[type[BaseModel]]:
    """The model and all that its fields name."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        if model.__module__.startswith("amity"):
            yield model
        for field in model.model_fields.values():
            yield from _schemas(field.annotation)
    for part in get_args(model):
        yield from _schemas(part)


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_operation_declares_its_problems(method: str, path: str, operation: dict[str, Any]) -> None:
    declared = set(operation["responses"])

    assert operation["security"] == [{"ApiGuard": []}]
    assert {"401", "403", "404", "405", "422", "429", "500", "503"} <= declared
    if method != "get":
        assert {"400", "409", "413", "415"} <= declared
    if method == "post":
        assert "Idempotency-Key" in {parameter["name"] for parameter in operation["parameters"]}


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_stranger_and_person_without_a_role_are_refused_everywhere(
    method: str, path: str, operation: dict[str, Any], client: Client, cleo_api: Client
) -> None:
    url = path
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            url = url.replace(f"{{{parameter['name']}}}", "1")

    def send(caller: Client) -> int:
        call = getattr(caller, method)
        answer = call(url) if method == "get" else call(url, {}, content_type="application/json")
        return int(answer.status_code)

    assert (send(client), send(cleo_api)) == (401, 403)
