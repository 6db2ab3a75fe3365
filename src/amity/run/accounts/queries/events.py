"""What happened to accounts, for playbooks that listen."""

from datetime import datetime

from amity.kernel.customers.ownership import owners_of
from amity.kernel.customers.queries import active_customers
from amity.kernel.interactions.queries import owned
from amity.run.accounts.models import Play

AT_ONCE = 1_000


def happened(kind: str, *, since: datetime, until: datetime) -> list[tuple[int, int]]:
    """(row of the log, account) of each fact of a kind that began no play yet; six statements.

    A fact of a person counts for the organization through which somebody looks after them.
    """
    rows = list(
        owned()
        .filter(kind=kind, happened_at__gt=since, happened_at__lte=until, customer__isnull=False)
        .order_by("-pk")
        .values_list("pk", "owner_id")[:AT_ONCE]
    )
    begun = set(
        Play.objects.filter(occasion__in=[f"interaction:{pk}" for pk, _owner in rows]).values_list(
            "occasion", flat=True
        )
    )
    fresh = [(pk, owner) for pk, owner in rows if f"interaction:{pk}" not in begun and owner]
    live = set(
        active_customers()
        .filter(pk__in=[owner for _pk, owner in fresh])
        .values_list("pk", flat=True)
    )
    answers = owners_of(live, at=until)
    return [
        (pk, answer.via.id if answer.via is not None else owner)
        for pk, owner in reversed(fresh)
        if (answer := answers.get(owner)) is not None
    ]
