"""What an hour of people costs."""

from datetime import datetime

from django.db import transaction

from amity.base.results import AmityError
from amity.base.vocabulary import Role
from amity.kernel.access.models import CostRate, User
from amity.kernel.access.operations.audit import record_audit
from amity.kernel.access.rules import Actor

MOST_MINOR = 10**12


class RateError(AmityError):
    """A rate that cannot be."""


@transaction.atomic
def set_rate(
    *, hour_minor: int | None, actor: Actor, at: datetime, user: User | None = None, role: str = ""
) -> None:
    """What an hour costs: of a person, of a role, or (neither) of anybody; None takes it away.

    `hour_minor` is in minor units of the company's currency.

    Raises:
        RateError: the role is unknown, or the amount is negative.
    """
    if role and role not in set(Role):
        raise RateError(f"There is no role {role}.")
    if hour_minor is not None and not 0 <= hour_minor <= MOST_MINOR:
        raise RateError("An hour costs nothing or more.")
    key = {"user": user} if user is not None else {"user": None, "role": role}
    if hour_minor is None:
        CostRate.objects.filter(**key).delete()
    else:
        CostRate.objects.update_or_create(**key, defaults={"hour_minor": hour_minor})
    whose = str(user) if user is not None else role or "anybody"
    record_audit(
        actor=actor,
        action="access.rate_set",
        object_type="rate",
        object_id=whose[:100],
        at=at,
        summary=f"{whose}: {hour_minor}",
    )
