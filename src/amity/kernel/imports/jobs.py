"""The job `imports.run`."""

import logging
from typing import Any

from django.db import transaction

from amity.base.results import AmityError
from amity.kernel.access.rules import Actor
from amity.kernel.hooks.discovery import load
from amity.kernel.imports.announcing import announce
from amity.kernel.imports.formats.kinds import brought_kinds
from amity.kernel.imports.interaction_rows import take_interactions
from amity.kernel.imports.models import Import
from amity.kernel.imports.order_import import run_orders
from amity.kernel.imports.people_writing import take_customers
from amity.kernel.imports.product_rows import take_products
from amity.kernel.imports.row_import import Handler, run_rows
from amity.kernel.imports.undoing import undo_import
from amity.kernel.jobs.context import JobCanceled, JobContext

logger = logging.getLogger(__name__)
ATTEMPTS = 2  # a fault that comes twice comes always; what is written stays
HANDLERS: dict[str, Handler] = {
    Import.Kind.CUSTOMERS: take_customers,
    Import.Kind.PRODUCTS: take_products,
    Import.Kind.INTERACTIONS: take_interactions,
}


def run(context: JobContext) -> dict[str, Any] | None:
    """Runs the import that the payload names, from where it stopped."""
    row = Import.objects.get(pk=context.payload["import_id"])
    if row.status != Import.Status.RUNNING:
        return row.summary or None
    try:
        result = _run(row, context)
    except JobCanceled:
        _end(row, Import.Status.CANCELED, context)
        raise
    except (AmityError, OSError) as error:
        row.error = _words(error)
        _end(row, Import.Status.FAILED, context)
        raise AmityError(row.error) from error
    except Exception as error:
        if context.attempt < ATTEMPTS:
            raise
        logger.exception("import %s failed", row.pk)
        row.error = f"An unexpected fault stopped the import ({type(error).__name__})."
        _end(row, Import.Status.FAILED, context)
        raise AmityError(row.error) from error
    with transaction.atomic():
        _end(row, Import.Status.DONE, context)
        announce(row, "taken", at=context.now(), by=row.created_by_id)
    return result


def undo(context: JobContext) -> dict[str, Any]:
    """Takes back the import that the payload names."""
    payload = context.payload
    actor = Actor(kind="user", name=payload["actor_name"], role=None, user_id=payload["user_id"])
    return undo_import(payload["import_id"], actor=actor, at=context.now())


def _run(row: Import, context: JobContext) -> dict[str, Any]:
    at = row.started_at or context.now()
    if row.kind == Import.Kind.ORDERS:
        return run_orders(row, at=at, progress=context.progress)
    return run_rows(row, handler_of(row.kind), at=at, progress=context.progress)


def handler_of(kind: str) -> Handler:
    """What takes the batches of a kind of file other than orders."""
    own = HANDLERS.get(kind)
    return own if own is not None else load(brought_kinds()[kind].take)


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"The disk refused: {error.strerror}. Make room and start the import again."
    return str(error)


def _end(row: Import, status: Import.Status, context: JobContext) -> None:
    row.status = status
    row.finished_at = context.now()
    row.save(update_fields=["status", "finished_at", "error", "summary", "options", "rejects_path"])
