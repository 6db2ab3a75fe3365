"""Rows of products: upserted by the shop's own number."""

from typing import Any

from amity.kernel.commerce.models import Product
from amity.kernel.commerce.rules import product_kind
from amity.kernel.imports import values
from amity.kernel.imports.files.batches import Batch, Reject
from amity.kernel.imports.models import ImportChange
from amity.kernel.imports.reasons import REMEDIES
from amity.kernel.imports.row_import import Taken, Work

LIMITS = {"name": 200, "category": 100, "department": 100, "brand": 100}


def take_products(batch: Batch, work: Work) -> Taken:
    """Adds the products of a batch and updates those that are there."""
    taken = Taken()
    rows = _rows(batch, work, taken)
    stored = {
        product.key: product
        for product in Product.objects.select_for_update().filter(
            source=work.settings.source, key__in=list(rows)
        )
    }
    new: list[Product] = []
    changed: list[Product] = []
    changes: list[ImportChange] = []
    for key, given in rows.items():
        product = stored.get(key)
        if product is None:
            new.append(_new(key, given, work))
            continue
        before = {
            name: getattr(product, name) for name in given if getattr(product, name) != given[name]
        }
        if before:
            for name in before:
                setattr(product, name, given[name])
            changed.append(product)
            changes.append(_change(product, before, work))
    Product.objects.bulk_create(new, batch_size=500)
    Product.objects.bulk_update(changed, [*LIMITS, "kind"], batch_size=500) if changed else None
    ImportChange.objects.bulk_create(changes, batch_size=500, ignore_conflicts=True)
    taken.created, taken.changed = len(new), len(changed)
    return taken


def _rows(batch: Batch, work: Work, taken: Taken) -> dict[str, dict[str, str]]:
    """The last row of each key, as fields that are not empty."""
    mapping = work.settings.mapping
    columns = {
        name: values.keys(batch.columns[column]).to_pylist() for name, column in mapping.items()
    }
    rows: dict[str, dict[str, str]] = {}
    for place, number in enumerate(batch.numbers.tolist()):
        key = columns["product"][place]
        if not key or len(key) > 100:
            reason = "text_too_long" if key else "missing_key"
            taken.rejects.append(
                Reject(number, "product", reason, (key or "")[:200], REMEDIES[reason])
            )
            continue
        taken.accepted += 1
        taken.duplicates += key in rows
        given = {
            name: cells[place][: LIMITS[name]]
            for name, cells in columns.items()
            if name in LIMITS and cells[place]
        }
        kind = (columns["kind"][place] or "").lower() if "kind" in columns else ""
        if kind in Product.Kind.values:
            given["kind"] = kind
        rows[key] = {**rows.get(key, {}), **given}
    return rows


def _new(key: str, given: dict[str, str], work: Work) -> Product:
    name = given.get("name") or key
    fields: dict[str, Any] = {"kind": product_kind(key, name), **given, "name": name}
    return Product(source=work.settings.source, key=key, import_id=work.import_id or None, **fields)


def _change(product: Product, before: dict[str, Any], work: Work) -> ImportChange:
    return ImportChange(
        import_id=work.import_id, object_type="product", object_id=product.pk, before=before
    )
