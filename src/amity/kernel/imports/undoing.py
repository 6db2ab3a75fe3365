"""Takes one import back."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, ProtectedError, Q, QuerySet

from amity.kernel import bulk
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.kernel.commerce.operations import remove_orders, restore_orders
from amity.kernel.customers.models import Customer, Identity, Membership, Tag
from amity.kernel.hooks.discovery import load
from amity.kernel.imports.announcing import announce
from amity.kernel.imports.formats.kinds import brought_kinds
from amity.kernel.imports.log import correct_back, void_rows
from amity.kernel.imports.models import Import, ImportChange
from amity.kernel.imports.operations import ImportStateError, need_ended

PIECE = 10_000
Progress = Callable[[int, int | None, str], None]


@transaction.atomic
def undo_import(
    import_id: int, *, actor: Actor, at: datetime, progress: Progress = lambda *_: None
) -> dict[str, Any]:
    """Removes what the import created, puts back what it changed, voids what it told the log.

    Customers whom the log names stay, without what the import said of them: the log is never
    changed. Answers how many of each there were.

    Raises:
        ImportStateError: it did not begin, is taken back, still runs, or a later import changed
            what it brought.
    """
    row = Import.objects.select_for_update().filter(pk=import_id).first()
    if row is None:
        raise ImportStateError(f"There is no import {import_id}. Look at the list of imports.")
    need_ended(row)
    _refuse_if_changed_later(row)
    brought = brought_kinds().get(row.kind)
    own = load(brought.undo)(row.pk, at) if brought is not None else {}
    restored = _restore_orders(row.pk, at=at, progress=progress)
    report = {
        "import_id": row.pk,
        **own,
        "interactions_voided": void_rows(row.pk, at=at),
        "orders_restored": restored,
        "orders_removed": _remove_orders(row.pk, progress=progress),
        "products_restored": _restore_fields(row.pk, "product", Product),
        "products_removed": _remove_products(row.pk),
        "customers_restored": _restore_customers(row.pk),
        **_remove_customers(row.pk),
    }
    row.status, row.undone_at = Import.Status.UNDONE, at
    row.save(update_fields=["status", "undone_at"])
    announce(row, "undone", at=at, by=actor.user_id)
    record_audit(
        actor=actor,
        action="import.undone",
        object_type="import",
        object_id=row.pk,
        at=at,
        summary=f"{report['orders_removed']} orders removed, {report['orders_restored']} restored",
    )
    return report


_CREATED: dict[str, type[Order | Product | Customer]] = {
    "order": Order,
    "product": Product,
    "customer": Customer,
}


def _refuse_if_changed_later(row: Import) -> None:
    for object_type, model in _CREATED.items():
        need_last(row.pk, object_type, model)


def changes_of(import_id: int, object_type: str) -> QuerySet[ImportChange]:
    """What an import changed of one kind of thing, as it was before."""
    return ImportChange.objects.filter(import_id=import_id, object_type=object_type)


def need_last(import_id: int, object_type: str, model: type[Model]) -> None:
    """Sees that no later import changed rows that this one created or changed.

    `model` has an `import_id`, of the import that created it; `object_type` is how changes of it
    are kept.

    Raises:
        ImportStateError: one did.
    """
    own = changes_of(import_id, object_type)
    created = model._default_manager.filter(import_id=import_id).values_list("pk")
    later = (
        ImportChange.objects.filter(import_id__gt=import_id, object_type=object_type)
        .filter(Q(object_id__in=created) | Q(object_id__in=own.values("object_id")))
        .order_by("-import_id")
        .first()
    )
    if later is not None:
        raise ImportStateError(
            f"Import {later.import_id} changed {object_type}s of import {import_id}. Take that one"
            f" back first: amity import undo {later.import_id}"
        )


def _pieces(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), PIECE):
        yield ids[start : start + PIECE]


def _restore_orders(import_id: int, *, at: datetime, progress: Progress) -> int:
    changes = changes_of(import_id, "order")
    ids = list(changes.order_by("pk").values_list("pk", flat=True))
    for done, piece in enumerate(_pieces(ids)):
        progress(done * PIECE, len(ids), "Restoring")
        images = list(changes.filter(pk__in=piece).values_list("before", flat=True))
        log_ids = correct_back(images, import_id=import_id, at=at)
        for image in images:
            order = image["order"]
            order["interaction_id"] = log_ids.get(order["id"], order["interaction_id"])
        restore_orders(images)
    changes.delete()
    return len(ids)


def _remove_orders(import_id: int, *, progress: Progress) -> int:
    ids = list(Order.objects.filter(import_id=import_id).values_list("pk", flat=True))
    for done, piece in enumerate(_pieces(ids)):
        progress(done * PIECE, len(ids), "Removing")
        remove_orders(ids=piece)
    return len(ids)


def _remove_products(import_id: int) -> int:
    bulk.hold(Product, alone=True)
    unused = Product.objects.filter(import_id=import_id).exclude(
        pk__in=OrderLine.objects.filter(product__import_id=import_id).values("product_id")
    )
    try:
        with transaction.atomic():
            return unused.delete()[0]
    except ProtectedError:
        return sum(_is_removed(product) for product in unused)


def _is_removed(product: Product) -> bool:
    """Removes a product, unless a row of a capability names it."""
    try:
        with transaction.atomic():
            product.delete()
    except ProtectedError:
        return False
    return True


def _restore_fields(import_id: int, object_type: str, model: type[Product | Customer]) -> int:
    count = 0
    for change in changes_of(import_id, object_type).order_by("pk"):
        before = {name: value for name, value in change.before.items() if name != "tags"}
        count += model._default_manager.filter(pk=change.object_id).update(**before)
    return count


def _restore_customers(import_id: int) -> int:
    """Customers' fields, tags, identities and memberships as they were."""
    count = _restore_fields(import_id, "customer", Customer)
    changes = ImportChange.objects.filter(import_id=import_id)
    for change in changes.filter(object_type="customer"):
        customer = Customer.objects.filter(pk=change.object_id).first()
        if customer is not None:
            customer.tags.set(Tag.objects.filter(name__in=change.before["tags"]))
    made = changes.filter(object_type="membership").values_list("object_id", flat=True)
    Membership.objects.filter(pk__in=list(made)).delete()
    others = Identity.objects.filter(import_id=import_id).exclude(customer__import_id=import_id)
    others.filter(customer__orders__isnull=True).delete()
    changes.delete()
    return count


def _remove_customers(import_id: int) -> dict[str, int]:
    """Customers nobody else knows go; those whom a row of the log or an order names stay."""
    created = Customer.objects.filter(import_id=import_id)
    unknown = created.filter(
        orders__isnull=True,
        interactions__isnull=True,
        merged_into__isnull=True,
        absorbed__isnull=True,
        members__isnull=True,
        memberships__isnull=True,
        participations__isnull=True,
    ).exclude(identities__in=Identity.objects.exclude(import_id=import_id))
    removed = list(unknown.values_list("pk", flat=True).distinct())
    for piece in _pieces(removed):
        Customer.objects.filter(pk__in=piece).delete()
    return {"customers_removed": len(removed), "customers_kept": created.count()}
