"""The API under /api/v1: the kernel's own routers and those of every capability."""

from ninja import NinjaAPI

from amity.kernel.hooks.discovery import capabilities, load

api = NinjaAPI(title="Amity", version="1", urls_namespace="api", docs_url=None)

for manifest in capabilities():
    if manifest.router:
        api.add_router(f"/{manifest.prefix or manifest.name}/", load(manifest.router))  # type: ignore[arg-type]  # a slot names an object; this one is a Router
