"""Schemathesis over the document: some operations, or all where AMITY_FUZZ_EXAMPLES says how often.

The deepest run is made against a server:
`schemathesis run URL/openapi.json -H "Authorization: Bearer …" --exclude-path-regex "people|token"`
"""

import os
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from amity.api.root import api
from amity.base.time import now
from amity.kernel.access.models import User
from amity.kernel.access.operations import create_token
from amity.kernel.access.rules import SYSTEM

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    ignored_auth,
]
schema = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/v1/"))
EXAMPLES = int(os.environ.get("AMITY_FUZZ_EXAMPLES", "0"))
OFTEN = r"/api/v1/(customers|interactions|interactions/batch|orders)$"
schema.app = get_wsgi_application()


@pytest.fixture
def token(ada: User) -> str:
    return create_token(
        user=ada, name="fuzz", scopes=frozenset({"read", "write"}), actor=SYSTEM, at=now()
    )[1]


@pytest.mark.fuzz
@pytest.mark.django_db(transaction=connection.vendor == "postgresql")  # requests close theirs
@(schema.exclude if EXAMPLES else schema.include)(
    path_regex="/(people|tokens)" if EXAMPLES else OFTEN
).parametrize()
@settings(
    max_examples=EXAMPLES or 3,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_every_operation_answers_as_the_document_says(case: Case[Any], token: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)
