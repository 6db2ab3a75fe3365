"""Two records that are one customer: merged, and taken apart again."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from amity.base.results import ConflictError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer, CustomerMerge
from amity.kernel.customers.operations.locking import lock_customer, touch
from amity.kernel.customers.queries import FILLED_BY_MERGE, merge_relations, preview_merge


class MergeError(ConflictError):
    """The two cannot be merged, or the merge cannot be taken back, as things stand."""


@transaction.atomic
def merge_customers(
    *,
    survivor_id: int,
    absorbed_id: int,
    reason: str,
    actor: Actor,
    at: datetime,
    accept_conflicts: bool = False,
) -> CustomerMerge:
    """Makes the absorbed customer part of the survivor; `undo_merge` takes it back.

    Rows that name the absorbed customer are moved and their numbers noted. The interaction log,
    traits and segment memberships stay where they are: readers follow `merged_into`, which is
    always one step. Empty fields of the survivor are filled from the absorbed.

    Raises:
        NotFoundError: one of the two is not there.
        MergeError: they are the same, of another kind, or both are verified people whose
            identities differ and `accept_conflicts` is not set.
    """
    if survivor_id == absorbed_id:
        raise MergeError("These are the same customer already.")
    locked = {pk: lock_customer(pk) for pk in sorted((survivor_id, absorbed_id))}
    survivor, absorbed = locked[survivor_id], locked[absorbed_id]
    if survivor.kind != absorbed.kind:
        raise MergeError("A person and an organization cannot be one customer.")
    conflicts = preview_merge(survivor_id, absorbed_id).conflicts
    if conflicts and not accept_conflicts:
        raise MergeError(f"{' '.join(conflicts)} Confirm that they are one, or leave them apart.")
    moved = dict(_move_rows(absorbed, survivor))
    tags = set(absorbed.tags.values_list("pk", flat=True)) - set(
        survivor.tags.values_list("pk", flat=True)
    )
    survivor.tags.add(*tags)
    filled = _fill(survivor, absorbed)
    touch(survivor, at=at, fields={**filled["fields"], "custom": None})
    absorbed.merged_into = survivor
    touch(absorbed, at=at, fields={"merged_into": None})
    merge = CustomerMerge.objects.create(
        survivor=survivor,
        absorbed=absorbed,
        reason=clean_text(reason, field="reason", max_length=300),
        moved={"rows": moved, "tags": sorted(tags), "filled": filled},
        at=at,
        actor_name=actor.name[:200],
    )
    _audit(merge, "customer.merged", actor=actor, at=at)
    return merge


def _move_rows(source: Customer, target: Customer) -> Iterator[tuple[str, list[int]]]:
    for label, model, field in merge_relations():
        rows = model._default_manager.filter(**{field: source.pk})
        ids = list(rows.values_list("pk", flat=True))
        if ids:
            yield label, _move(model, field, ids, target)


def _move(model: type[models.Model], field: str, ids: list[int], target: Customer) -> list[int]:
    """Moves the rows to `target`; a row that it has already in another form stays behind."""
    try:
        with transaction.atomic():
            _update(model, field, ids, target)
    except IntegrityError:
        return [pk for pk in ids if _moved_alone(model, field, pk, target)]
    return ids


def _moved_alone(model: type[models.Model], field: str, pk: int, target: Customer) -> bool:
    try:
        with transaction.atomic():
            _update(model, field, [pk], target)
    except IntegrityError:
        return False
    return True


def _update(model: type[models.Model], field: str, ids: list[int], target: Customer) -> None:
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        model._default_manager.filter(pk__in=chunk).update(**{field: target.pk})


def _fill(survivor: Customer, absorbed: Customer) -> dict[str, dict[str, Any]]:
    fields = {
        name: getattr(absorbed, name)
        for name in FILLED_BY_MERGE
        if not getattr(survivor, name) and getattr(absorbed, name)
    }
    for name, value in fields.items():
        setattr(survivor, name, value)
    custom = {k: v for k, v in absorbed.custom.items() if k not in survivor.custom}
    survivor.custom = {**survivor.custom, **custom}
    return {"fields": fields, "custom": custom}


@transaction.atomic
def undo_merge(merge_id: int, *, actor: Actor, at: datetime) -> CustomerMerge:
    """Takes a merge back: what was moved returns, what was filled in and is unchanged empties.

    What came to the survivor after the merge stays with it.

    Raises:
        NotFoundError: there is no such merge.
        MergeError: it was taken back already, or the survivor was merged further since.
    """
    merge = CustomerMerge.objects.select_for_update().filter(pk=merge_id).first()
    if merge is None:
        raise NotFoundError(f"There is no merge {merge_id}.")
    if merge.undone_at is not None:
        raise MergeError("This merge was taken back already.")
    pair = {
        row.pk: row
        for row in Customer.objects.select_for_update()
        .filter(pk__in=[merge.survivor_id, merge.absorbed_id])
        .order_by("pk")
    }
    survivor, absorbed = pair[merge.survivor_id], pair[merge.absorbed_id]
    if survivor.merged_into_id is not None or absorbed.merged_into_id != survivor.pk:
        raise MergeError("A later merge builds on this one. Take that one back first.")
    _return_rows(merge, survivor, absorbed)
    survivor.tags.remove(*merge.moved["tags"])
    emptied = _empty(survivor, merge.moved["filled"])
    touch(survivor, at=at, fields={**emptied, "custom": None})
    absorbed.merged_into = None
    touch(absorbed, at=at, fields={"merged_into": None})
    merge.undone_at = at
    merge.save(update_fields=["undone_at"])
    _audit(merge, "customer.merge_undone", actor=actor, at=at)
    return merge


def _return_rows(merge: CustomerMerge, survivor: Customer, absorbed: Customer) -> None:
    relations = {label: (model, field) for label, model, field in merge_relations()}
    for label, ids in merge.moved["rows"].items():
        if label not in relations:
            continue  # a capability that was removed since
        model, field = relations[label]
        still = model._default_manager.filter(pk__in=ids, **{field: survivor.pk})
        _move(model, field, list(still.values_list("pk", flat=True)), absorbed)


def _empty(survivor: Customer, filled: dict[str, dict[str, Any]]) -> dict[str, None]:
    unchanged = [
        name for name, value in filled["fields"].items() if getattr(survivor, name) == value
    ]
    for name in unchanged:
        setattr(survivor, name, "")
    survivor.custom = {
        key: value
        for key, value in survivor.custom.items()
        if key not in filled["custom"] or filled["custom"][key] != value
    }
    return dict.fromkeys(unchanged)


def _audit(merge: CustomerMerge, action: str, *, actor: Actor, at: datetime) -> None:
    for customer_id in (merge.survivor_id, merge.absorbed_id):
        record_audit(
            actor=actor,
            action=action,
            object_type="customer",
            object_id=customer_id,
            at=at,
            summary=f"{merge.absorbed_id} into {merge.survivor_id}: {merge.reason}",
            changes={"merge": merge.pk},
        )
