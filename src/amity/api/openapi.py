"""What the OpenAPI document says beyond what ninja knows: problems and shared headers."""

from typing import Any

DESCRIPTION = """\
Send `Authorization: Bearer am_…`. Lists are paged by `cursor`; a POST may carry an
`Idempotency-Key`; a change of something with an `ETag` needs `If-Match`. Errors are problem
details (RFC 9457)."""

ALWAYS = {
    401: "No token, or one that is not alive",
    403: "The role or the token does not allow it",
    404: "There is nothing with this number or name",
    405: "The address does not take this method",
    422: "A value cannot be taken; `errors` names the field and the remedy",
    429: "Too many requests; see Retry-After",
    500: "Something broke; the detail has the number of the log entry",
    503: "The database does not answer; see Retry-After",
}
WITH_BODY = {
    400: "The body cannot be read",
    409: "It conflicts with how things stand",
    413: "The body is too large",
    415: "The content type is not taken",
}
WITH_VERSION = {
    412: "It was changed since it was read",
    428: "If-Match is missing",
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x20-\x7e]+$"},
    "description": "The same key with the same request gets the same answer, done once.",
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": 'The ETag that was read, as in `"v3"`, or `*` for any version.',
}
METHODS = ("get", "post", "put", "patch", "delete")


def complete(schema: dict[str, Any]) -> None:
    """Adds to `schema` the problems and headers that every operation shares."""
    schema["components"]["schemas"]["Problem"] = _problem_schema()
    for operations in schema["paths"].values():
        for method, operation in list(operations.items()):
            if method in METHODS:
                operations[method] = _completed(method, operation)


def _completed(method: str, operation: dict[str, Any]) -> dict[str, Any]:
    parameters = list(operation.get("parameters", []))
    versioned = operation.pop("x-versioned", False)
    if method == "post":
        parameters.append(IDEMPOTENCY_KEY)
    if versioned:
        parameters.append(IF_MATCH)
    wanted = dict(ALWAYS)
    if "requestBody" in operation or method != "get":
        wanted |= WITH_BODY
    if versioned:
        wanted |= WITH_VERSION
    responses = {str(status): answer for status, answer in operation["responses"].items()}
    for status, description in wanted.items():
        responses.setdefault(str(status), _answer(description))
    return {**operation, "parameters": parameters, "responses": dict(sorted(responses.items()))}


def _answer(description: str) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": reference}},
    }


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    field = {
        "type": "object",
        "required": ["field", "message"],
        "properties": {"field": text, "message": text},
    }
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "errors": {"type": "array", "items": field},
        },
    }
