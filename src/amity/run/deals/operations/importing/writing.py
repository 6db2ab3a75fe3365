"""Told deals as deals with their history: nothing is asked of anybody."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel.imports.files.batches import Batch, Reject
from amity.kernel.imports.interaction_rows import append_unknown
from amity.kernel.imports.models import ImportChange
from amity.kernel.imports.reasons import REMEDIES
from amity.kernel.imports.row_import import Taken, Work
from amity.kernel.interactions.models import Interaction
from amity.run.deals.models import Deal, DealEvent, DealLine, ImportedDeal
from amity.run.deals.operations.importing.places import Places, places_for
from amity.run.deals.operations.importing.reading import read
from amity.run.deals.rules.files import OPEN, USUAL_TIME, WON, ToldDeal, squeezed

SOURCE = "deals"  # in the log, where the file names no system


def take(batch: Batch, work: Work) -> Taken:
    """Writes the deals of a batch; of two rows with one number the later holds."""
    rows, rejects = read(batch, work.settings)
    told = {one.key: one for _, one in rows}
    numbers = {one.key: number for number, one in rows}
    stored = ImportedDeal.objects.filter(source=work.settings.source, key__in=told)
    known = {row.key: row for row in stored.select_related("deal")}
    altered = [row for key, row in known.items() if row.facts != told[key].to_json()]
    ours = [row for row in altered if row.version == row.deal.version]
    reason = "worked_on_here"
    rejects += [
        Reject(numbers[row.key], "deal", reason, row.key, REMEDIES[reason])
        for row in altered
        if row.version != row.deal.version
    ]
    new = [one for key, one in told.items() if key not in known]
    _write(new, ours, told, work)
    return Taken(
        created=len(new),
        changed=len(ours),
        duplicates=len(rows) - len(told),
        accepted=len(batch.numbers) - len(rejects),
        rejects=rejects,
    )


def _write(
    new: Sequence[ToldDeal],
    ours: Sequence[ImportedDeal],
    told: Mapping[str, ToldDeal],
    work: Work,
) -> None:
    changed = [told[row.key] for row in ours]
    if not new and not changed:
        return
    places = places_for([*new, *changed], work)
    deals = _create(new, places, work)
    for row, one in zip(ours, changed, strict=True):
        ImportChange.objects.get_or_create(
            import_id=work.import_id,
            object_type="deal",
            object_id=row.pk,
            defaults={"before": row.facts},
        )
        deals.append(rewrite(row, one, places, work))
    _tell(list(zip([*new, *changed], deals, strict=True)), places, work)


def _create(told: Sequence[ToldDeal], places: Places, work: Work) -> list[Deal]:
    deals = [_put(Deal(), one, places, work) for one in told]
    Deal.objects.bulk_create(deals, batch_size=500)
    pairs = list(zip(told, deals, strict=True))
    ImportedDeal.objects.bulk_create(
        [
            ImportedDeal(
                deal=deal,
                source=work.settings.source,
                key=one.key,
                import_id=work.import_id or None,
                version=deal.version,
                person=one.person,
                facts=one.to_json(),
            )
            for one, deal in pairs
        ],
        batch_size=500,
    )
    _add_parts(pairs, places)
    return deals


def rewrite(row: ImportedDeal, told: ToldDeal, places: Places, work: Work) -> Deal:
    """Makes an imported deal say what `told` says."""
    deal = _put(row.deal, told, places, work)
    deal.version += 1
    deal.save()
    row.version, row.person, row.facts = deal.version, told.person, told.to_json()
    row.save(update_fields=["version", "person", "facts"])
    deal.events.all().delete()
    deal.lines.all().delete()
    _add_parts([(told, deal)], places)
    return deal


def _put(deal: Deal, told: ToldDeal, places: Places, work: Work) -> Deal:
    begun_at = told.begun_at(work.at)
    is_open = told.status == OPEN
    decided_at = told.closed_at if not is_open else told.expected_at or told.closed_at
    deal.customer_id = places.customers[told.customer]
    deal.pipeline, deal.stage, deal.status = places.pipeline, places.stage(told), told.status
    deal.title, deal.competitor = told.shown_title, told.competitor
    deal.owner_id = places.person(told.person)
    deal.amount_minor, deal.currency = told.amount_minor, places.pipeline.currency
    deal.expected_close_on = _day(decided_at or begun_at + USUAL_TIME, work)
    deal.reason_id = None if is_open else places.reason(told)
    deal.opened_at = begun_at
    deal.closed_at = None if is_open else told.closed_at
    deal.stage_since = deal.closed_at or begun_at
    return deal


def _day(moment: datetime, work: Work) -> Any:
    return moment.astimezone(ZoneInfo(work.settings.time_zone)).date()


def _add_parts(pairs: Sequence[tuple[ToldDeal, Deal]], places: Places) -> None:
    """The line of the product, and what became of each deal."""
    DealLine.objects.bulk_create(
        [
            DealLine(
                deal=deal,
                product_id=places.products[squeezed(one.product)],
                description=one.product,
                unit_price_minor=one.amount_minor,
                amount_minor=one.amount_minor,
            )
            for one, deal in pairs
            if one.product
        ],
        batch_size=500,
    )
    DealEvent.objects.bulk_create(
        [event for one, deal in pairs for event in _events(one, deal)], batch_size=500
    )


def _events(told: ToldDeal, deal: Deal) -> Iterator[DealEvent]:
    """Opened and decided; of the stages between, the file knows the last one alone."""
    by = told.person
    stage = deal.stage if deal.status == OPEN else None
    yield DealEvent(
        deal=deal,
        kind=DealEvent.Kind.OPENED,
        at=deal.opened_at,
        by=by,
        to_stage=stage,
        detail="In another system",
    )
    if deal.closed_at is not None:
        kind = DealEvent.Kind.WON if deal.status == WON else DealEvent.Kind.LOST
        yield DealEvent(
            deal=deal, kind=kind, at=deal.closed_at, by=by, to_stage=deal.stage, detail=told.reason
        )


def _tell(pairs: Sequence[tuple[ToldDeal, Deal]], places: Places, work: Work) -> None:
    """Appends to the log what it does not know of these deals."""
    append_unknown(
        [fact for one, deal in pairs for fact in _facts(one, deal)],
        same={
            "relationship_type": RelationshipType.DEDICATED_PERSONAL_ASSISTANCE.value,
            "stage": Stage.TRANSACT.value,
            "direction": Interaction.Direction.NONE.value,
            "actor": Interaction.Actor.HUMAN.value,
            "currency": places.pipeline.currency,
        },
        source=work.settings.source or SOURCE,
        import_id=work.import_id,
        at=work.at,
    )


def _facts(told: ToldDeal, deal: Deal) -> Iterator[dict[str, Any]]:
    common = {
        "customer_id": deal.customer_id,
        "subject": deal.title,
        "properties": json.dumps(
            {"deal": deal.pk, "taken_over": True, "amount_minor": deal.amount_minor}
        ),
        "value_minor": None,
        "outcome": "",
    }
    yield {
        **common,
        "kind": "deals.opened",
        "source_id": f"{told.key}:opened",
        "happened_at": deal.opened_at,
    }
    if deal.closed_at is not None:
        yield {
            **common,
            "kind": f"deals.{deal.status}",
            "source_id": f"{told.key}:{deal.status}",
            "happened_at": deal.closed_at,
            "value_minor": deal.amount_minor if deal.status == WON else None,
            "outcome": deal.status,
        }
