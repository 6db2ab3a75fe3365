"""The REST API: root, errors, paging, OpenAPI; tracking."""
