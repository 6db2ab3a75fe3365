"""The API under /api/v1: the kernel's own routers and those of every capability."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from amity.api import (
    calendars,
    commerce,
    customers,
    imports,
    interactions,
    jobs,
    openapi,
    owners,
    settings,
    teams,
)
from amity.kernel.hooks.discovery import capabilities, load
from amity.kernel.rest import problems
from amity.kernel.rest.door import replay
from amity.kernel.rest.idempotency import Replay
from amity.kernel.rest.schemas import SafeParser


class AmityAPI(NinjaAPI):
    """The API; its document says which problems each operation answers with."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """OpenAPI 3.1, with problems, idempotency and version headers declared."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        openapi.complete(schema)
        return schema


api = AmityAPI(
    title="Amity",
    version="1",
    description=openapi.DESCRIPTION,
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    parser=SafeParser(),
)
problems.install(api)
api.add_exception_handler(Replay, replay)  # type: ignore[arg-type]  # ninja means any response

api.add_router("/customers", customers.router)
api.add_router("/customers", owners.router)
api.add_router("/custom-fields", customers.fields_router)
api.add_router("/interactions", interactions.router)
api.add_router("/calendars", calendars.router)
api.add_router("/imports", imports.router)
api.add_router("", commerce.router)
api.add_router("", jobs.router)
api.add_router("", settings.router)
api.add_router("", teams.router)

for manifest in capabilities():
    if manifest.router:
        api.add_router(f"/{manifest.prefix or manifest.name}", load(manifest.router))  # type: ignore[arg-type]  # a slot names an object; this one is a Router
