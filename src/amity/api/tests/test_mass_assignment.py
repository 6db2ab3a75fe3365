"""Nothing is set by the back door: a body may hold the fields of its schema and no other."""

from typing import Any

import pytest
from django.test import Client

from amity.api.customers import CustomerOut, CustomerPatch
from amity.api.openapi import METHODS
from amity.api.root import api
from amity.api.settings import CompanyOut, CompanyPatch, PersonOut, PersonPatch, TokenOut
from amity.kernel.access.models import ApiToken, Company, User

DOCUMENT: dict[str, Any] = api.get_openapi_schema(path_prefix="/api/v1/")
BODIES = {
    f"{method} {path}": operation["requestBody"]["content"]
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
    if method in METHODS and "requestBody" in operation
}


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return found


@pytest.mark.parametrize("name", [name for name in BODIES if "application/json" in BODIES[name]])
def test_body_refuses_fields_that_it_does_not_know(name: str) -> None:
    schema = resolved(BODIES[name]["application/json"]["schema"])
    options = [resolved(option) for option in schema.get("anyOf", [schema])]

    for option in options:
        if option.get("type") == "object":
            assert option.get("additionalProperties") is False


def refused(client: Client, method: str, url: str, body: dict[str, object]) -> bool:
    call = getattr(client, method)
    answer = call(url, body, content_type="application/json", headers={"If-Match": "*"})
    return bool(answer.status_code == 422)


def only_read(shown: type[Any], given: type[Any]) -> set[str]:
    return set(shown.model_fields) - set(given.model_fields)


def test_what_is_only_read_of_a_customer_cannot_be_written(ada_api: Client) -> None:
    made = ada_api.post(
        "/api/v1/customers", {"name": "Ada"}, content_type="application/json"
    ).json()
    url = f"/api/v1/customers/{made['id']}"
    fields = only_read(CustomerOut, CustomerPatch) | {"merged_into", "import_id", "name_folded"}

    assert len(fields) > 5
    for field in fields:
        assert refused(ada_api, "patch", url, {field: made.get(field, 1)}), field
        assert refused(ada_api, "post", "/api/v1/customers", {"name": "B", field: 1}) or field in (
            "tags",
            "identities",
        )
    assert ada_api.get(url).json() == made


def test_role_ownership_and_secrets_cannot_be_written(ada_api: Client, ben: User) -> None:
    Company.objects.create(name="Acme", is_demonstration=True)
    people = only_read(PersonOut, PersonPatch) | {"password", "is_superuser", "created_at"}
    for field in people:
        assert refused(ada_api, "patch", f"/api/v1/people/{ben.pk}", {field: 1}), field
    for field in only_read(CompanyOut, CompanyPatch) | {"id", "created_at"}:
        assert refused(ada_api, "patch", "/api/v1/company", {field: False}), field
    tokens = ApiToken.objects.count()
    for field in (set(TokenOut.model_fields) | {"user", "user_id", "digest"}) - {
        "name",
        "scopes",
        "expires_at",
    }:
        body = {"name": "t", "scopes": ["read"], field: ben.pk}
        assert refused(ada_api, "post", "/api/v1/tokens", body), field

    assert ApiToken.objects.count() == tokens
    assert Company.objects.get().is_demonstration
