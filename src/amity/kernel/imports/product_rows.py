"""Rows of products: upserted by the shop's own number."""

from amity.kernel.commerce.models import Product
from amity.kernel.commerce.operations import GivenProduct, upsert_products
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
    given = [GivenProduct(key, fields) for key, fields in rows.items()]
    result = upsert_products(given, source=work.settings.source, import_id=work.import_id or None)
    ImportChange.objects.bulk_create(
        [
            ImportChange(
                import_id=work.import_id, object_type="product", object_id=product_id, before=before
            )
            for product_id, before in result.before.items()
        ],
        batch_size=500,
        ignore_conflicts=True,
    )
    taken.created, taken.changed = result.created, len(result.before)
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
