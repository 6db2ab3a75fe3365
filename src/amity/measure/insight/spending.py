"""What was spent to win customers, entered by people: a month at a touchpoint."""

from datetime import date, datetime

from django.db import transaction

from amity.base.results import NotFoundError
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.touchpoints.models import Touchpoint
from amity.measure.insight.models import AcquisitionSpend
from amity.measure.insight.rules import MeasureError


@transaction.atomic
def enter_spend(
    *, month: date, touchpoint: str, amount_minor: int, actor: Actor, at: datetime
) -> AcquisitionSpend:
    """Writes what a month cost at a touchpoint; entered again, the new amount holds.

    Raises:
        MeasureError: the amount is negative, or the month is yet to come.
        NotFoundError: there is no such touchpoint.
    """
    first = month.replace(day=1)
    if amount_minor < 0:
        raise MeasureError("What was spent is zero or more.")
    if first > at.date():
        raise MeasureError("This month is yet to come. Enter what was spent, not what is planned.")
    point = Touchpoint.objects.filter(key=touchpoint).first()
    if point is None:
        raise NotFoundError(f"There is no touchpoint {touchpoint}. List the touchpoints.")
    row, _ = AcquisitionSpend.objects.update_or_create(
        month=first,
        touchpoint=point,
        defaults={
            "amount_minor": amount_minor,
            "entered_by": actor.name[:200],
            "entered_at": at,
        },
    )
    _audit("insight.spend_entered", row, actor, at)
    return row


@transaction.atomic
def drop_spend(number: int, *, actor: Actor, at: datetime) -> None:
    """Takes an entry out.

    Raises:
        NotFoundError: it is not there.
    """
    row = AcquisitionSpend.objects.select_related("touchpoint").filter(pk=number).first()
    if row is None:
        raise NotFoundError("This entry is not there any more.")
    _audit("insight.spend_dropped", row, actor, at)
    row.delete()


def _audit(action: str, row: AcquisitionSpend, actor: Actor, at: datetime) -> None:
    record_audit(
        actor=actor,
        action=action,
        object_type="acquisition_spend",
        object_id=row.pk,
        at=at,
        summary=f"{row.month:%Y-%m} {row.touchpoint.key}: {row.amount_minor}",
    )
