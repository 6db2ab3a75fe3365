"""Whether the process lives, and whether what it needs is there."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from amity.kernel.access.doors import public


@public
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "ok"})


@public
def ready(request: HttpRequest) -> JsonResponse:
    """200 where the database answers and is migrated, else 503 with the reason."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return _not_ready(f"The database does not answer: {error.__class__.__name__}.")
    if waiting:
        return _not_ready("The database is not migrated. Run: amity migrate")
    return JsonResponse({"status": "ready"})


def _not_ready(reason: str) -> JsonResponse:
    return JsonResponse(
        {"status": "not ready", "reason": reason}, status=503, headers={"Retry-After": "5"}
    )
