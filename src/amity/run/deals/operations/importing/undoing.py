"""Takes imported deals back."""

from datetime import datetime

from django.db.models import F

from amity.kernel.imports.operations import base_settings
from amity.kernel.imports.row_import import Work
from amity.kernel.imports.undoing import changes_of, need_last
from amity.run.deals.models import Deal, ImportedDeal, Pipeline
from amity.run.deals.operations.importing.places import places_for
from amity.run.deals.operations.importing.writing import rewrite
from amity.run.deals.rules.files import ToldDeal


def undo(import_id: int, at: datetime) -> dict[str, int]:
    """Removes the deals that an import created, and puts back those it changed.

    Those that somebody has worked on since stay as they are.

    Raises:
        ImportStateError: a later import changed one of them.
    """
    need_last(import_id, "deal", ImportedDeal)
    return {
        "deals_restored": _restore(import_id, at),
        "deals_removed": _remove(import_id),
        "deals_kept": ImportedDeal.objects.filter(import_id=import_id).count(),
        "pipelines_removed": _remove_empty_pipelines(import_id),
    }


def _restore(import_id: int, at: datetime) -> int:
    before = dict(changes_of(import_id, "deal").values_list("object_id", "before"))
    rows = ImportedDeal.objects.filter(pk__in=before).select_related("deal__pipeline")
    ours = [row for row in rows if row.version == row.deal.version]
    for row in ours:
        told = ToldDeal.from_json(before[row.pk])
        currency = row.deal.pipeline.currency
        work = Work(base_settings("deals", source=row.source, currency=currency), import_id, at)
        rewrite(row, told, places_for([told], work), work)
    changes_of(import_id, "deal").delete()
    return len(ours)


def _remove(import_id: int) -> int:
    ours = ImportedDeal.objects.filter(import_id=import_id, version=F("deal__version"))
    ids = list(ours.values_list("deal_id", flat=True))
    for start in range(0, len(ids), 1_000):
        Deal.objects.filter(pk__in=ids[start : start + 1_000]).delete()
    return len(ids)


def _remove_empty_pipelines(import_id: int) -> int:
    made = changes_of(import_id, "pipeline")
    ids = list(made.values_list("object_id", flat=True))
    empty = list(Pipeline.objects.filter(pk__in=ids, deals=None).values_list("pk", flat=True))
    Pipeline.objects.filter(pk__in=empty).delete()
    made.delete()
    return len(empty)
