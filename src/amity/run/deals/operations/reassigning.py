"""Many deals given to somebody else at once, and taken back."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from amity.base.ids import uuid7
from amity.base.results import NotFoundError
from amity.kernel.access.rules import Actor
from amity.run.deals.models import Deal, DealEvent
from amity.run.deals.operations.writing import DealError, active_person, event, save

MOST = 500


@transaction.atomic
def reassign_deals(
    deal_ids: Collection[int], *, owner_id: int, actor: Actor, at: datetime
) -> tuple[str, int]:
    """Gives open deals to a person; closed ones and those that the person has stay as they are.

    Returns:
        The number of this change, to take it back by, and how many deals were given.

    Raises:
        NotFoundError: there is no such person.
        DealError: no deal was chosen, or more than 500.
    """
    if not 0 < len(deal_ids) <= MOST:
        raise DealError(f"Choose 1 to {MOST} deals.")
    owner = active_person(owner_id)
    batch = str(uuid7(at))
    # in the order of their numbers, so that two who do this at once never wait for each other
    rows = (
        Deal.objects.select_for_update()
        .filter(pk__in=deal_ids, status=Deal.Status.OPEN)
        .order_by("pk")
    )
    given = [deal for deal in rows if deal.owner_id != owner.pk]
    for deal in given:
        before, deal.owner = deal.owner_id, owner
        save(deal, "owner")
        event(
            deal,
            DealEvent.Kind.REASSIGNED,
            actor=actor,
            at=at,
            from_owner_id=before,
            to_owner=owner,
            batch=batch,
            detail=owner.name[:300],
        )
    return batch, len(given)


@transaction.atomic
def undo_reassignment(batch: str, *, actor: Actor, at: datetime) -> int:
    """Gives the deals of one change back, but those that went on to somebody else meanwhile.

    Returns:
        How many went back.

    Raises:
        NotFoundError: there is no such change.
    """
    events = {
        row.deal_id: row
        for row in DealEvent.objects.filter(batch=batch, kind=DealEvent.Kind.REASSIGNED)
        if batch
    }
    if not events:
        raise NotFoundError("There is nothing to take back.")
    rows = Deal.objects.select_for_update().filter(pk__in=events).order_by("pk")
    back = [deal for deal in rows if deal.owner_id == events[deal.pk].to_owner_id]
    for deal in back:
        before, deal.owner_id = deal.owner_id, events[deal.pk].from_owner_id
        save(deal, "owner")
        event(
            deal,
            DealEvent.Kind.REASSIGNED,
            actor=actor,
            at=at,
            from_owner_id=before,
            to_owner_id=deal.owner_id,
            detail="taken back",
        )
    return len(back)
